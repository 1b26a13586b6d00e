import { describe, expect, test } from 'vitest';
import { emptyLock } from '../../../src/lock/lock.ts';
import { resolve } from '../../../src/model/resolve.ts';
import { checkModel } from '../../../src/model/rules/check.ts';
import { parsePolicy } from '../../../src/syntax/parse.ts';
import { diagnosticsOf } from '../support.ts';
import { messagesOf, places } from '../table.ts';

const base = [
  'host h { interface lan0 { address 192.168.1.5/24 }; interface eno1 { address 192.168.9.4/24 } }',
  'network a { subnet 10.0.0.0/25 }',
  'network b { subnet 10.0.0.128/25 }',
  'network own { subnet 10.5.0.0/24; unmanaged }',
  'network lan { physical br0 on eno1; subnet 192.168.9.0/24; gateway 192.168.9.1 }',
  'container x { attach lan 192.168.9.50 }',
  '',
].join('\n');

describe('a zone without any address', () => {
  places('CTFW3013', base, [
    ['zone z = any'],
    ['zone z = 192.168.1.0/24'],
    ['zone z = 10.0.0.5', 'z'],
    ['zone z = 10.0.0.0/24', 'z'],
    ['zone z = 10.0.0.0/23'],
    ['zone z = 10.0.0.0/25, 10.0.0.200', 'z'],
    ['zone z = 10.0.0.0/25, 10.9.0.1'],
    ['zone z = 192.168.1.5', 'z'],
    ['zone z = 10.5.0.0/24'],
    ['zone z = 10.5.0.1', 'z'],
    ['zone z = 192.168.9.0/24'],
    ['zone z = 192.168.9.50', 'z'],
  ]);

  test('says why', () => {
    expect(messagesOf('CTFW3013', 'network a { subnet 10.0.0.0/24 }\nzone z = 10.0.0.7\n')).toEqual([
      'no address is left in `z`: 10.0.0.7/32 belongs to the host and its networks',
    ]);
  });
});

test('a zone that could not be read is not said to be empty as well', () => {
  const { file } = parsePolicy({ name: 'policy.ctfw', text: 'zone z = 10.0.0.300\n' });
  expect(checkModel(resolve([file], emptyLock).model, [file]).diagnostics).toEqual([]);
});

describe('a zone behind an interface', () => {
  places('CTFW3014', base, [
    ['zone z = any on lan0'],
    ['zone z = any on br0'],
    ['zone z = any on br-own'],
    ['zone z = any on lan1', 'z'],
    ['zone z = any on br-a', 'z'],
  ]);
  places('CTFW3014', 'network a { subnet 10.0.0.0/24 }\n', [
    ['zone z = any on wan0'],
    ['host h { }\nzone z = any on wan0'],
  ]);

  test('gets a suggestion', () => {
    const found = diagnosticsOf(`${base}zone z = any on lann0\nzone y = any on br-a\n`).filter(
      ({ code }) => code === 'CTFW3014',
    );
    expect(found.map(({ help }) => help)).toEqual(['did you mean `lan0`?', 'to speak of the network, name it: `a`']);
  });
});
