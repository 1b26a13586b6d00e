import { describe } from 'vitest';
import { places } from '../table.ts';

const base = [
  'network blue { switch ovs1; vlan 100; subnet 10.0.0.0/24 }',
  'network plain { subnet 10.1.0.0/24 }',
  'container a { attach blue; expose 80 }',
  'container b { attach blue; expose 80 }',
  'container c { attach plain; expose 80 }',
  'container both { attach blue; attach plain }',
  '',
].join('\n');

describe('statements about traffic inside a switch', () => {
  places('CTFW3025', base, [
    ['deny a -> b', 'deny a -> b'],
    ['deny blue -> blue 22/tcp', 'deny blue -> blue 22/tcp'],
    ['deny any -> a', 'deny any -> a'],
    ['deny a -> c'],
    ['allow a -> b'],
    ['link a -> b', 'link a -> b'],
    ['link both -> c'],
    ['network green { switch ovs1; vlan 200; subnet 10.2.0.0/24; icc off }', 'green'],
  ]);
});
