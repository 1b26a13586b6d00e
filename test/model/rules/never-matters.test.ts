import { describe, expect, test } from 'vitest';
import { messagesOf, places, relatedOf } from '../table.ts';

const base = [
  'host edge { protect host }',
  'zone inet = any',
  'zone office = 192.168.0.0/16',
  'network on { subnet 10.0.0.0/24 }',
  'network off { subnet 10.1.0.0/24; icc off }',
  'network inner { subnet 10.2.0.0/24; internal }',
  'network iso { subnet 10.3.0.0/24; gateway-mode isolated }',
  'container a { attach on }',
  'container b { attach on }',
  'container c { attach off }',
  'container d { attach off }',
  'container i { attach inner }',
  'container s { attach iso }',
  'container multi { attach on; attach inner }',
  '',
].join('\n');

describe('an allow covered by another', () => {
  places('CTFW3016', base, [
    ['allow a -> c 80/tcp\nallow a -> c 81/tcp'],
    ['allow a -> c 80/tcp\nallow a -> c 80/tcp', 'allow a -> c 80/tcp'],
    ['allow a -> c tcp\nallow a -> c 80/tcp', 'allow a -> c 80/tcp'],
    ['allow a -> c 80/tcp\nallow a -> c', 'allow a -> c 80/tcp'],
    ['allow a -> c 80-85/tcp\nallow a -> c 86-90/tcp\nallow a -> c 83-88/tcp', 'allow a -> c 83-88/tcp'],
    ['allow a -> c icmp\nallow a -> c icmp echo-request', 'allow a -> c icmp echo-request'],
    ['allow a -> c 80/tcp\nallow c -> a 80/tcp'],
    ['allow any -> c 80/tcp\nallow a -> c 80/tcp', 'allow a -> c 80/tcp'],
    ['allow a -> any 80/tcp\nallow a -> c 80/tcp', 'allow a -> c 80/tcp'],
    ['allow any -> any 80/tcp\nallow a -> c 80/tcp', 'allow a -> c 80/tcp'],
    ['allow on -> off 80/tcp\nallow a -> c 80/tcp', 'allow a -> c 80/tcp'],
    ['allow on -> c 80/tcp\nallow multi -> c 80/tcp'],
    ['allow a -> c, d 80/tcp\nallow a -> c 80/tcp', 'allow a -> c 80/tcp'],
    ['allow a -> c 80/tcp\nallow a -> c, d 80/tcp', 'allow a -> c 80/tcp'],
    ['allow a -> c 80/tcp\nallow a -> d 80/tcp\nallow a -> c, d 80/tcp', 'allow a -> c, d 80/tcp'],
    ['allow a -> c 80/tcp log "x"\nallow a -> c 80/tcp'],
    ['allow 10.9.0.0/16 -> c 80/tcp\nallow 10.9.0.0/16 -> c 80/tcp', 'allow 10.9.0.0/16 -> c 80/tcp'],
  ]);

  test('the first and last of three equal ones are not both reported', () => {
    expect(relatedOf('CTFW3016', `${base}allow a -> c 80/tcp\nallow a -> c 80/tcp\nallow a -> c 80/tcp\n`)).toEqual([
      'allow a -> c 80/tcp',
      'allow a -> c 80/tcp',
    ]);
  });
});

describe('an allow of what is denied', () => {
  places('CTFW3016', base, [
    ['allow a -> c 80/tcp\ndeny a -> c tcp', 'allow a -> c 80/tcp'],
    ['deny any -> c\nallow a -> c 80/tcp', 'allow a -> c 80/tcp'],
    ['allow a -> c tcp\ndeny a -> c 80/tcp'],
    ['allow a -> c\ndeny a -> c 80/tcp'],
    ['allow a -> c, d 80/tcp\ndeny a -> c 80/tcp'],
    ['allow on -> c 80/tcp\ndeny a -> c 80/tcp'],
  ]);
});

describe('a deny covered by another', () => {
  places('CTFW3016', base, [
    ['deny a -> c 80/tcp\ndeny a -> c tcp', 'deny a -> c 80/tcp'],
    ['deny a -> c 80/tcp\ndeny a -> c tcp reject', 'deny a -> c 80/tcp'],
    ['deny a -> c 80/tcp reject\ndeny a -> c tcp'],
    ['deny a -> c 80/tcp reject\ndeny a -> c tcp reject', 'deny a -> c 80/tcp reject'],
    ['deny a -> c 80/tcp log "x"\ndeny a -> c tcp'],
    ['deny a -> c 80/tcp'],
  ]);
});

describe('an allow of what the baseline allows', () => {
  places('CTFW3016', base, [
    ['allow a -> inet 443/tcp', 'allow a -> inet 443/tcp'],
    ['allow on -> inet', 'allow on -> inet'],
    ['allow i -> inet'],
    ['allow multi -> inet'],
    ['allow a -> b 80/tcp', 'allow a -> b 80/tcp'],
    ['allow on -> on', 'allow on -> on'],
    ['allow c -> d 80/tcp'],
    ['allow a -> c 80/tcp'],
    ['allow multi -> a'],
    ['allow a -> edge 22/tcp', 'allow a -> edge 22/tcp'],
    ['allow s -> edge 22/tcp'],
    ['allow edge -> i', 'allow edge -> i'],
    ['allow office -> edge 22/tcp'],
    ['allow office -> inet', 'allow office -> inet'],
    ['allow 192.168.0.0/16 -> inet'],
    ['allow a -> 10.0.0.0/24'],
    ['allow any -> inet'],
    ['allow a, i -> inet'],
    ['allow i -> inet\nallow a, i -> inet', 'allow a, i -> inet'],
  ]);

  places('CTFW3016', 'host edge { transit off }\nzone office = 192.168.0.0/16\nzone inet = any\n', [
    ['allow office -> edge 22/tcp', 'allow office -> edge 22/tcp'],
    ['allow office -> inet'],
  ]);

  places('CTFW3016', 'zone inet = any\nnetwork u { subnet 10.0.0.0/24; unmanaged }\ncontainer x { attach u }\n', [
    ['allow x -> inet'],
  ]);
});

test('large groups are left alone', () => {
  const names = Array.from({ length: 20 }, (_, index) => `c${index}`);
  const policy = `network n { subnet 10.0.0.0/24 }\n${names.map((name) => `container ${name} { attach n }`).join('\n')}\ngroup g = ${names.join(', ')}\nallow g -> g\n`;
  expect(messagesOf('CTFW3016', policy)).toEqual([]);
});
