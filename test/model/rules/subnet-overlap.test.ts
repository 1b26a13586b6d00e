import { describe, expect, test } from 'vitest';
import { messagesOf, places, relatedOf } from '../table.ts';

describe('subnets that overlap', () => {
  places('CTFW3003', 'network a { subnet 10.0.0.0/16, fd00::/64 }\n', [
    ['network b { subnet 10.1.0.0/16, fd00:0:0:1::/64 }'],
    ['network b { subnet 10.0.0.0/16 }', 'b'],
    ['network b { subnet 10.0.5.0/24 }', 'b'],
    ['network b { subnet 10.0.0.0/8 }', 'b'],
    ['network b { subnet fd00::/48 }', 'b'],
    ['network b { subnet 10.0.5.0/24 }\nnetwork c { subnet 10.0.6.0/24 }', 'b', 'c'],
    ['host h { interface e { address 10.0.3.4/24 } }', 'a'],
    ['host h { interface e { address 10.0.3.4/32 } }', 'a'],
    ['host h { interface e { address 10.1.3.4/24 }; interface f { address 10.1.3.5/24 } }'],
    ['network b { subnet 10.0.5.0/24; unmanaged }', 'b'],
    ['network b { switch s; vlan 1; subnet 10.0.0.0/24 }', 'b'],
  ]);

  places('CTFW3003', 'network u { switch s; vlan 1; subnet 10.0.0.0/24 }\n', [
    ['network v { switch s; vlan 2; subnet 10.0.0.0/24 }'],
    ['network v { switch s; vlan 1; subnet 10.0.0.0/25 }', 'v'],
    ['network v { switch t; vlan 1; subnet 10.0.0.0/24 }'],
    ['network v { switch s; subnet 10.0.0.0/24 }'],
    ['network v { subnet 10.0.0.128/25 }', 'v'],
    // the host may be on the same LAN as the switch: what is switched is none of its business
    ['host h { interface e { address 10.0.0.9/24 } }'],
  ]);

  places('CTFW3003', 'host h { interface eno1 { address 192.168.1.4/24 } }\n', [
    ['network lan { physical br0 on eno1; subnet 192.168.1.0/24; gateway 192.168.1.1 }'],
    ['network lan { macvlan on eno1; subnet 192.168.1.0/24; gateway 192.168.1.1 }'],
    ['network lan { physical br0 on eno2; subnet 192.168.1.0/24; gateway 192.168.1.1 }', 'lan'],
  ]);

  test('on different hosts are fine', () => {
    const policy =
      'host a { }\nhost b { }\nnetwork x on a { subnet 10.0.0.0/24 }\nnetwork y on b { subnet 10.0.0.0/24 }\n';
    expect(messagesOf('CTFW3003', policy)).toEqual([]);
  });

  test('show both places and both subnets', () => {
    const policy = 'network a { subnet 10.0.0.0/16 }\nnetwork b { subnet 10.0.5.0/24 }\n';
    expect(messagesOf('CTFW3003', policy)).toEqual([
      'the network `b` has the subnet 10.0.5.0/24, which overlaps 10.0.0.0/16 of the network `a`',
    ]);
    expect(relatedOf('CTFW3003', policy)).toEqual(['a']);
  });
});
