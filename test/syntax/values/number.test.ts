import { expect, test } from 'vitest';
import { complaints } from '../../support/parse-policy.ts';

test.each([
  ['mtu 67', 'CTFW1051 "67"'],
  ['mtu 65536', 'CTFW1051 "65536"'],
  ['mtu -1', 'CTFW1051 "-1"'],
  ['mtu 1e3', 'CTFW1050 "1e3"'],
  ['mtu 01500', 'CTFW1032 "01500"'],
  ['vlan 0', 'CTFW1051 "0"'],
  ['vlan 4095', 'CTFW1051 "4095"'],
  ['vxlan 0', 'CTFW1051 "0"'],
  ['vxlan 16777216', 'CTFW1051 "16777216"'],
  ['vxlan 99999999999999999999999999', 'CTFW1051 "99999999999999999999999999"'],
  ['icc yes', 'CTFW1052 "yes"'],
  ['gateway-mode route', 'CTFW1053 "route"'],
])('%s', (item, expected) => {
  expect(complaints(`network n { ${item} }`)).toEqual([expected]);
});

test('the limits themselves are fine', () => {
  expect(complaints('network n { mtu 68; mtu 65535; vlan 1; vlan 4094; vxlan 1; vxlan 16777215 }')).toEqual([]);
});
