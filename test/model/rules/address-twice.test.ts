import { describe, expect, test } from 'vitest';
import { messagesOf, places, relatedOf } from '../table.ts';

const base = 'network a { subnet 10.0.0.0/24, fd00::/64 }\n';

describe('an address given twice', () => {
  places('CTFW3002', base, [
    ['container x { attach a 10.0.0.2 }\ncontainer y { attach a 10.0.0.3 }'],
    ['container x { attach a 10.0.0.2 }\ncontainer y { attach a 10.0.0.2 }', 'attach a 10.0.0.2'],
    ['container x { attach a fd00::2 }\ncontainer y { attach a fd00:0::2 }', 'attach a fd00:0::2'],
    ['container x { attach a 10.0.0.1 }', 'attach a 10.0.0.1'],
    ['container x { attach a 10.0.0.0 }', 'attach a 10.0.0.0'],
    ['container x { attach a 10.0.0.255 }', 'attach a 10.0.0.255'],
    ['container x { attach a fd00:: }', 'attach a fd00::'],
    ['container x { attach a fd00::ffff:ffff:ffff:ffff }'],
    [
      'container x { attach a 10.0.0.2 }\ncontainer y { network none; plumb eth0 10.0.0.2/24 on a }',
      'plumb eth0 10.0.0.2/24 on a',
    ],
  ]);

  places('CTFW3002', '', [
    ['network i { subnet 10.0.0.0/24; gateway-mode isolated }\ncontainer x { attach i 10.0.0.1 }'],
    ['network g { subnet 10.0.0.0/24; gateway 10.0.0.9 }\ncontainer x { attach g 10.0.0.1 }'],
    ['network g { subnet 10.0.0.0/24; gateway 10.0.0.9 }\ncontainer x { attach g 10.0.0.9 }', 'attach g 10.0.0.9'],
    [
      'host h { interface eno1 { address 10.0.0.5/24 } }\nnetwork lan { physical br0 on eno1; subnet 10.0.0.0/24; gateway 10.0.0.254 }\ncontainer x { attach lan 10.0.0.5 }',
      'attach lan 10.0.0.5',
    ],
    [
      'network u { switch s; vlan 1; subnet 10.0.0.0/24 }\nnetwork v { switch s; vlan 2; subnet 10.0.0.0/24 }\ncontainer x { attach u 10.0.0.2 }\ncontainer y { attach v 10.0.0.2 }',
    ],
  ]);

  test('says who has it and where', () => {
    const policy = `${base}container x { attach a 10.0.0.2 }\ncontainer y { attach a 10.0.0.2 }\n`;
    expect(messagesOf('CTFW3002', policy)).toEqual([
      '`y` has the address 10.0.0.2 on `a`, but that is the address of `x`',
    ]);
    expect(relatedOf('CTFW3002', policy)).toEqual(['attach a 10.0.0.2']);
  });
});
