import { describe, expect, test } from 'vitest';
import { places, relatedOf } from '../table.ts';

const base = [
  'zone inet = any',
  'network on { subnet 10.0.0.0/24 }',
  'network off { subnet 10.1.0.0/24; icc off }',
  'network lone { subnet 10.2.0.0/24 }',
  'network own { subnet 10.3.0.0/24; unmanaged }',
  'container a { attach on 10.0.0.2; attach off }',
  'container b { attach on; attach off }',
  'container c { attach lone }',
  'container d { attach own }',
  'container e { attach own }',
  '',
].join('\n');

describe('a deny inside a bridge', () => {
  places('CTFW3017', base, [
    ['deny a -> b', 'deny a -> b'],
    ['deny any -> b 22/tcp', 'deny any -> b 22/tcp'],
    ['deny on -> on', 'deny on -> on'],
    ['deny 10.0.0.0/28 -> 10.0.0.128/25', 'deny 10.0.0.0/28 -> 10.0.0.128/25'],
    ['deny any -> any 25/tcp', 'deny any -> any 25/tcp'],
    ['group g = a, b\ndeny g -> g', 'deny g -> g'],
    ['deny any -> inet 25/tcp'],
    ['deny inet -> a'],
    ['deny a -> c'],
    ['deny off -> off'],
    ['deny lone -> lone'],
    ['deny own -> own'],
    ['deny a -> a'],
    ['allow a -> b'],
    ['deny 10.9.0.0/28 -> a'],
  ]);
});

describe('icc off', () => {
  test('is hinted at once', () => {
    expect(
      relatedOf(
        'CTFW3018',
        `${base}network more { subnet 10.5.0.0/24; icc off }\ncontainer f { attach more }\ncontainer g { attach more }\n`,
      ),
    ).toEqual(['more']);
  });

  places('CTFW3018', '', [
    ['network off { subnet 10.1.0.0/24; icc off }\ncontainer a { attach off }'],
    ['network off { subnet 10.1.0.0/24; icc off }\ncontainer a { attach off }\ncontainer b { attach off }', 'off'],
  ]);
});
