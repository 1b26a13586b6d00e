import { describe } from 'vitest';
import { places } from '../table.ts';

const publish = (network: string): string => `container x { attach ${network}; publish 8080:80 }`;

const base = [
  'network plain { subnet 10.0.0.0/24 }',
  'network routed { subnet 10.1.0.0/24; gateway-mode routed }',
  'network lan { physical br0 on eno1; subnet 192.168.1.0/24; gateway 192.168.1.1 }',
  'network direct { macvlan on eno2; subnet 192.168.2.0/24 }',
  'network own { subnet 10.3.0.0/24; unmanaged }',
  '',
].join('\n');

describe('publishing on a routed network', () => {
  places('CTFW3019', base, [
    [publish('plain')],
    [publish('routed'), '8080:80'],
    ['container x { attach routed; publish 80-90 }', '80-90'],
  ]);
});

describe('publishing on the LAN', () => {
  places('CTFW3020', base, [[publish('plain')], [publish('lan'), '8080:80'], [publish('direct'), '8080:80']]);
});

describe('publishing on an unmanaged network', () => {
  places('CTFW3021', base, [[publish('plain')], [publish('own'), '8080:80']]);
});
