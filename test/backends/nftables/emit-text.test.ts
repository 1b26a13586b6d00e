import { expect, test } from 'vitest';
import { emitText } from '../../../src/backends/nftables/emit-text.ts';
import { RulesetError } from '../../../src/ruleset/ruleset-error.ts';
import type { NatOperand, Statement } from '../../../src/ruleset/statement.ts';
import { integer } from '../../../src/ruleset/value.ts';
import { addressOf, rule, sampleRuleset } from '../../support/sample-ruleset.ts';

const expected = `#!/usr/sbin/nft -f
# ctfw: test
# bridged traffic: {'a':1}

add table inet ctfw
delete table inet ctfw

table inet ctfw {
	comment "made by hand"
	set allowed {
		type ipv4_addr . inet_proto . inet_service
		flags interval
		counter
		elements = {
			10.0.0.0/8 . tcp . 80-90 comment "edge.ctfw:3, edge.ctfw:4",
			192.168.1.1 . udp . 53,
		}
	}

	set recent {
		type ipv6_addr
		flags timeout,dynamic
		timeout 60s
	}

	map targets {
		type inet_proto . ipv4_addr . inet_service : ipv4_addr
		elements = {
			tcp . 203.0.113.1 . 8080 comment "web; edge.ctfw:7" : 10.1.0.2,
		}
	}

	map by-network {
		type ifname : verdict
		elements = {
			"br0" : jump network,
		}
	}

	chain forward {
		type filter hook forward priority -5; policy drop;
		ct state established,related counter accept comment "edge.ctfw:1"
		ct status ! dnat meta mark 0x10 drop comment "edge.ctfw:2"
		oifname vmap @by-network comment "edge.ctfw:3"
	}

	chain translate {
		type nat hook prerouting priority -101; policy accept;
		fib daddr type local dnat ip to meta l4proto . ip daddr . th dport map @targets comment "edge.ctfw:5"
	}

	chain network {
		ip saddr . meta l4proto . th dport @allowed meta mark set meta mark | 0x4 comment "edge.ctfw:6"
		update @recent { ip6 saddr timeout 30s } limit rate 10/second burst 20 packets log prefix "denied: " level info flags tcp sequence flags ip options reject with icmpv6 admin-prohibited comment "edge.ctfw:7"
		ct mark set 0x1 meta l4proto tcp reject with tcp reset comment "edge.ctfw:8"
	}
}
`;

test('a ruleset is a script', () => {
  expect(emitText(sampleRuleset, { metainfo: { ctfw: 'test', 'bridged traffic': { a: 1 } } })).toBe(expected);
});

test('in place, only what goes is deleted', () => {
  const text = emitText(sampleRuleset, { inPlace: sampleRuleset.tables, remove: [{ family: 'bridge', name: 'old' }] });
  expect(text.slice(0, text.indexOf('\n\ntable')).split('\n')).toEqual([
    '#!/usr/sbin/nft -f',
    '',
    'add table bridge old',
    'delete table bridge old',
    '',
    'flush table inet ctfw',
    'delete map inet ctfw targets',
    'delete map inet ctfw by-network',
    'delete set inet ctfw allowed',
    'delete set inet ctfw recent',
    'delete chain inet ctfw network',
  ]);
});

function written(...statements: readonly Statement[]): string {
  const chains = [{ name: 'c', base: undefined, rules: [{ ...rule(1, ...statements), origins: [] }] }];
  const text = emitText({ tables: [{ family: 'inet', name: 't', engine: 'nftables', sets: [], maps: [], chains }] });
  return /\tchain c \{\n\t\t(.*)\n/.exec(text)?.[1] ?? '';
}

test('IPv6 addresses stand in brackets before a port, prefixes become ranges', () => {
  const nat = (address: NatOperand, port: number): Statement => ({
    kind: 'nat',
    type: 'dnat',
    family: 'ip6',
    address,
    port: { kind: 'value', value: integer(port) },
    shiftBase: undefined,
    flags: ['random', 'persistent'],
  });
  const single = addressOf('fd00::2');
  expect(written(nat({ kind: 'value', value: single }, 80))).toBe('dnat ip6 to [fd00::2]:80 random,persistent');
  if (single.kind !== 'address') throw new TypeError('no address');
  const prefix: NatOperand = {
    kind: 'value',
    value: { kind: 'prefix', prefix: { address: single.address, length: 127 } },
  };
  expect(written(nat(prefix, 80))).toBe('dnat ip6 to [fd00::2]-[fd00::3]:80 random,persistent');
});

test('a statement that was not understood cannot be written', () => {
  expect(() => written({ kind: 'unknown', text: '{}', effect: 'none' })).toThrow(RulesetError);
});
