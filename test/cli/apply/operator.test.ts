/** From where one is logged in, as one says it: in the words of ssh, and in those of a server that listens for both families. */
import { expect, test } from 'vitest';
import { operatorOf } from '../../../src/cli/apply/operator.ts';
import type { PlanningOptions } from '../../../src/cli/apply/options.ts';
import type { Login } from '../../../src/host/login.ts';
import { type Address, parseAddress } from '../../../src/net/address.ts';

const saying = (operator: string, operatorPort?: string, login?: Login) =>
  operatorOf({ operator, operatorPort } as PlanningOptions, login, () => []);

test.each([
  ['192.0.2.9', '192.0.2.9', undefined],
  ['::ffff:192.0.2.9', '192.0.2.9', undefined],
  ['2001:db8::9', '2001:db8::9', undefined],
  ['fe80::1%lan0', 'fe80::1', 'lan0'],
])('%s is %s', (said, meant, zone) => {
  const known = {
    kind: 'known',
    address: parseAddress(meant),
    local: undefined,
    port: 22,
    interface: zone,
    others: [],
  };
  expect(saying(said)).toEqual(known);
});

test('the port is the one that is said, else that of the login, else 22', () => {
  const [address, local] = ['192.0.2.9', '192.0.2.1'].map((text) => parseAddress(text) as Address) as [
    Address,
    Address,
  ];
  const login: Login = { remote: address, remotePort: 50_000, local, localPort: 2222, since: undefined };
  expect(saying('192.0.2.9', '443', login)).toMatchObject({ port: 443 });
  expect(saying('192.0.2.9', undefined, login)).toMatchObject({ port: 2222 });
  expect(saying('192.0.2.9')).toMatchObject({ port: 22 });
  const others = (port: number) => [login, { remote: local, local: address, localPort: port }];
  expect(operatorOf({ operatorPort: '443' } as PlanningOptions, login, others)).toEqual({
    kind: 'known',
    address,
    local,
    port: 443,
    others: [{ address: local, local: address }],
  });
});

test.each(['', 'me', '192.0.2', '192.0.2.9:22', '%lan0'])('"%s" is no address', (said) => {
  expect(() => saying(said)).toThrow('--operator takes an address');
});

test.each(['0', '65536', 'ssh', '-1', '22.5'])('"%s" is no port', (port) => {
  expect(() => saying('192.0.2.9', port)).toThrow('--operator-port takes a port');
});
