/** From where one is logged in, as one says it: in the words of ssh, and in those of a server that listens for both families. */
import { expect, test } from 'vitest';
import { operatorOf } from '../../../src/cli/apply/operator.ts';
import type { PlanningOptions } from '../../../src/cli/apply/options.ts';
import { parseAddress } from '../../../src/net/address.ts';

const saying = (operator: string, operatorPort = '22') =>
  operatorOf({ operator, operatorPort } as PlanningOptions, undefined);

test.each([
  ['192.0.2.9', '192.0.2.9'],
  ['::ffff:192.0.2.9', '192.0.2.9'],
  ['2001:db8::9', '2001:db8::9'],
  ['fe80::1%lan0', 'fe80::1'],
])('%s is %s', (said, meant) => {
  expect(saying(said)).toEqual({ kind: 'known', address: parseAddress(meant), local: undefined, port: 22 });
});

test.each(['', 'me', '192.0.2', '192.0.2.9:22', '%lan0'])('"%s" is no address', (said) => {
  expect(() => saying(said)).toThrow('--operator takes an address');
});

test.each(['0', '65536', 'ssh', '-1', '22.5'])('"%s" is no port', (port) => {
  expect(() => saying('192.0.2.9', port)).toThrow('--operator-port takes a port');
});
