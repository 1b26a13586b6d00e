import { describe, expect, test } from 'vitest';
import { interfaceNameProblem } from '../../../src/model/rules/interface-name.ts';
import { messagesOf, places } from '../table.ts';

describe('names that no interface can have', () => {
  for (const name of [
    '',
    '.',
    '..',
    'all',
    'default',
    'a/b',
    'a b',
    'a:b',
    'wan*',
    'wan+',
    'sixteen-bytes-xx',
    'ümlaute-ümlaute',
    'a"b',
    'br%d',
  ])
    test(`\`${name}\``, () => expect(typeof interfaceNameProblem(name)).toBe('string'));
  for (const name of ['eth0', 'fifteen-bytes-x', 'br-a.100', 'veth_1', 'lo'])
    test(`but \`${name}\``, () => expect(interfaceNameProblem(name)).toBeUndefined());
});

describe('invalid names', () => {
  places('CTFW3011', '', [
    ['network twelve-bytes { subnet 10.0.0.0/24 }'],
    ['network thirteen-byte { subnet 10.0.0.0/24 }', 'thirteen-byte'],
    ['network thirteen-byte { bridge short; subnet 10.0.0.0/24 }'],
    ['network a { bridge all; subnet 10.0.0.0/24 }', 'a'],
    ['host h { interface default { address 10.0.0.1/24 } }', 'default'],
    ['zone z = 10.0.0.0/8 on all', 'z'],
    ['network a { subnet 10.0.0.0/24 }\ncontainer x { attach a { port default } }', 'attach a { port default }'],
  ]);

  test('a default bridge name that is too long says what to do', () => {
    expect(messagesOf('CTFW3011', 'network application-backend { subnet 10.0.0.0/24 }\n')).toEqual([
      'the bridge of `application-backend` cannot be called `br-application-backend`: it has 22 bytes, and an interface name has at most 15',
    ]);
  });
});

describe('names held twice', () => {
  places('CTFW3012', 'network a { bridge br0; subnet 10.0.0.0/24 }\n', [
    ['network b { bridge br1; subnet 10.1.0.0/24 }'],
    ['network b { bridge br0; subnet 10.1.0.0/24 }', 'b'],
    ['network b { bridge lo; subnet 10.1.0.0/24 }', 'b'],
    ['host h { interface br0 { address 192.168.0.1/24 } }', 'a'],
    ['host h { interface eth0 { address 192.168.0.1/24 }; interface eth0 { address 192.168.1.1/24 } }', 'eth0'],
    ['host h { interface lo { address 192.168.0.1/32 } }'],
    ['container x { attach a { port br0 } }', 'attach a { port br0 }'],
    ['container x { attach a { port v1 } }\ncontainer y { attach a { port v1 } }', 'attach a { port v1 }'],
    ['container x { attach a { port v1 } }\ncontainer y { attach a { port v2 } }'],
    ['network b { switch ovs1; vlan 1; subnet 10.1.0.0/24 }\nnetwork c { switch ovs1; vlan 2; subnet 10.2.0.0/24 }'],
    ['network b { switch br0; vlan 1; subnet 10.1.0.0/24 }', 'b'],
  ]);

  test('each host has names of its own', () => {
    const policy =
      'host a { }\nhost b { }\nnetwork x on a { bridge br0; subnet 10.0.0.0/24 }\nnetwork y on b { bridge br0; subnet 10.1.0.0/24 }\n';
    expect(messagesOf('CTFW3012', policy)).toEqual([]);
  });
});
