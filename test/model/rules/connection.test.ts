import { describe } from 'vitest';
import { places } from '../table.ts';

const base = [
  'host edge { }',
  'network front { subnet 10.0.0.0/24 }',
  'container a { attach front }',
  'container b { attach front }',
  'container c { attach front }',
  'connect a 10.1.1.1 <-> b 10.1.1.2',
  'connect edge 10.1.2.1 <-> c 10.1.2.2',
  '',
].join('\n');

describe('a deny across a connection', () => {
  places('CTFW3024', base, [
    ['deny a -> b', 'deny a -> b'],
    ['deny b -> a 22/tcp', 'deny b -> a 22/tcp'],
    ['deny any -> b', 'deny any -> b'],
    ['deny c -> any', 'deny c -> any'],
    ['deny any -> any 25/tcp', 'deny any -> any 25/tcp'],
    ['deny edge -> c', 'deny edge -> c'],
    ['deny 10.1.1.0/24 -> 10.1.1.0/24', 'deny 10.1.1.0/24 -> 10.1.1.0/24'],
    ['deny a -> 10.1.1.2', 'deny a -> 10.1.1.2'],
    ['group g = c, a\ndeny g -> b', 'deny g -> b'],
    ['deny a -> 10.0.0.3', 'deny a -> 10.0.0.3'],
    ['container d { network container:a }\ndeny d -> b', 'deny d -> b'],
    ['container d { network container:a }\nconnect d 10.1.3.1 <-> c 10.1.3.2\ndeny c -> a', 'deny c -> a'],
    ['deny edge -> 10.0.0.4'],
    ['deny any -> front 25/tcp'],
    ['deny a -> c'],
    ['deny front -> front'],
    ['deny 10.1.1.1 -> 10.1.2.2'],
    ['deny any -> 10.9.0.0/16'],
    ['allow a -> b'],
  ]);
});
