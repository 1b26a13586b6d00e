/** Expectations over several hosts and inside switches: each fails where it should, and says which host decides. */
import { describe, expect, test } from 'vitest';
import { check } from '../../src/compile.ts';
import { evaluatePolicy, stationOf } from '../../src/expectations/policy.ts';
import { emptyLock } from '../../src/lock/lock.ts';

const base = `
host a { interface eth0 { address 192.168.1.4/24 }; route default via 192.168.1.1; route 172.18.0.0/16 via 192.168.1.6 }
host b { interface eth0 { address 192.168.1.6/24 }; route default via 192.168.1.1; route 172.17.0.0/16 via 192.168.1.4; protect host }
zone internet = any on eth0
network front on a { subnet 172.17.0.0/16 }
network back on b { subnet 172.18.0.0/16 }
network far on b { subnet 172.19.0.0/16 }
network mesh on a, b { vxlan 42; subnet 10.32.0.0/16; icc off }
network blue on a, b { switch ovs1; vlan 100; subnet 10.1.0.0/24 }
network red on a, b { switch ovs1; vlan 200; subnet 10.1.0.0/24 }
container web { attach front 172.17.0.2 }
container db { attach back 172.18.0.2; publish 5432:5432 }
container lone { attach far 172.19.0.2 }
container mesh1 on a { attach mesh 10.32.0.2 }
container mesh2 on b { attach mesh 10.32.0.3; expose 80/tcp }
container blue1 on a { attach blue 10.1.0.11 }
container blue3 on b { attach blue 10.1.0.13 }
container red2 on a { attach red 10.1.0.12 }
link mesh1 -> mesh2
allow web -> db, lone 22/tcp
deny mesh1 -> db
`;

/** `holds`, `covers-nothing`, or what is wrong and what decides. */
function results(...expectations: readonly string[]): readonly string[] {
  const text = `${base}${expectations.map((line) => `expect ${line}\n`).join('')}`;
  const { model, diagnostics } = check({ name: 'policy.ctfw', text }, () => ({ error: '' }), emptyLock);
  if (model === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const stations = model.hosts.map((host) => stationOf(model, host));
  return evaluatePolicy(model, stations).map((result) =>
    result.kind === 'fails' ? `${result.problem}: ${result.decision.because.text}` : result.kind,
  );
}

describe('from host to host', () => {
  test('both hosts have a say, and the first that refuses is named', () => {
    expect(
      results(
        'web -> b 5432/tcp reaches db 5432/tcp',
        'web -> b 22/tcp allowed',
        'mesh1 -> b 5432/tcp allowed',
        'a -> b 22/tcp allowed',
        'b -> a 22/tcp allowed',
      ),
    ).toEqual([
      'holds',
      'it is blocked: protect host (on b)',
      'it is blocked: denied (on a)',
      'it is blocked: protect host (on b)',
      'holds',
    ]);
  });

  test('an allow opens a container of another host by its own address, where a route leads', () => {
    expect(results('web -> db 22/tcp allowed', 'web -> db 23/tcp allowed', 'web -> lone 22/tcp allowed')).toEqual([
      'holds',
      'it is blocked: container to a network of another host (on a)',
      'it is blocked: no route leads to lone: the packet stays outside',
    ]);
  });

  test('what comes from outside is judged by the host that it is for', () => {
    expect(results('internet -> db 5432/tcp allowed', 'internet -> b 5432/tcp reaches db 5432/tcp')).toEqual([
      'it is blocked: outside to container (on b)',
      'holds',
    ]);
  });

  test('`leaves as` is about the host where the packet starts', () => {
    expect(results('web -> b 5432/tcp leaves as 192.168.1.4', 'web -> b 5432/tcp leaves as 192.168.1.6')).toEqual([
      'holds',
      'it leaves as 192.168.1.4: container to outside',
    ]);
  });
});

describe('an overlay', () => {
  test('is one network, with the rules of both hosts', () => {
    expect(
      results(
        'mesh1 -> mesh2 80/tcp reaches mesh2 80/tcp',
        'mesh1 -> mesh2 81/tcp allowed',
        'mesh2 -> mesh1 allowed',
        'a -> mesh2 80/tcp allowed',
        'b -> mesh2 80/tcp allowed',
      ),
    ).toEqual([
      'holds',
      'it is blocked: icc off (on a)',
      'it is blocked: icc off (on b)',
      'it is blocked: a container of another host is reached through that host (on a)',
      'holds',
    ]);
  });

  test('its tunnel is for the hosts alone', () => {
    expect(
      results(
        'b -> a 4789/udp allowed',
        'a -> b 4789/udp allowed',
        'internet -> a 4789/udp blocked',
        'web -> b 4789/udp blocked',
        'db -> b 4789/udp blocked',
        'internet -> a 4790/udp blocked',
      ),
    ).toEqual(['holds', 'holds', 'holds', 'holds', 'holds', 'it is allowed: outside to host, left alone (on a)']);
  });
});

describe('a switch', () => {
  test('leads to its own network, on whichever host, and nowhere else', () => {
    expect(
      results(
        'blue1 -> blue3 allowed',
        'blue1 -> red2 allowed',
        'blue1 -> internet allowed',
        'a -> blue1 allowed',
        'web -> blue1 blocked',
        'any -> red2 blocked',
      ),
    ).toEqual([
      'holds',
      'it is blocked: blue is inside a switch: it leads to its own containers alone',
      'it is blocked: blue is inside a switch: it leads to its own containers alone',
      'it is blocked: blue1 is inside the switch of blue: no host leads there',
      'holds',
      'holds',
    ]);
  });
});
