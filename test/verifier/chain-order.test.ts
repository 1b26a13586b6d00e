/** Chains of one priority, of which no listing tells the order: what depends on it is not known, everything else is. */
import { expect, test } from 'vitest';
import { meta, payload, withBits } from '../../src/ruleset/expression.ts';
import type { Ruleset } from '../../src/ruleset/ruleset.ts';
import { drop, equals, type Statement } from '../../src/ruleset/statement.ts';
import { integer } from '../../src/ruleset/value.ts';
import { createSimulation } from '../../src/simulator/simulation.ts';
import { asSent } from '../../src/verifier/proof/compare.ts';
import { fateOf, send } from '../../src/verifier/proof/replay.ts';
import { behaviourOf } from '../../src/verifier/run/behaviour.ts';
import { empty } from '../../src/verifier/sets/diagrams.ts';
import { spaceOf } from '../../src/verifier/space/space-of.ts';
import { baseChain, rule, table, udp } from '../simulator/hosts.ts';
import { smallView } from './small-universe.ts';

const dport = (value: number): Statement => equals(payload('udp', 'dport'), integer(value));
const marks: Statement = { kind: 'assign', target: meta('mark'), value: withBits(meta('mark'), integer(1)) };
const marked = equals(meta('mark'), integer(1));

/** One chain marks what is sent to port 5, another drops what is marked, a third drops port 7. */
const rules = (priority: number): Ruleset => ({
  tables: [
    ...table('one', [baseChain('c', 'forward', 0, [rule(dport(5), marks)])]).tables,
    ...table('two', [baseChain('c', 'forward', priority, [rule(marked, drop)])]).tables,
    ...table('three', [baseChain('c', 'forward', 0, [rule(dport(7), drop)])]).tables,
  ],
});

/** Whether an unmarked packet to a port may be delivered, and may be dropped. */
function ways(priority: number, port: number, chainOrder: 'known' | 'unknown', bounds: boolean): string {
  const ruleset = rules(priority);
  const space = spaceOf('ipv4', {
    view: smallView,
    rulesets: [ruleset],
    bounds,
    cut: (cuts) => {
      cuts.add('port', port, port);
      cuts.add('hopLimit', 64, 64);
      for (const end of [packet.source, packet.destination]) cuts.addAddress(end);
    },
  });
  const { diagrams } = space;
  const point = diagrams.intersectAll(
    space.wellFormed(),
    space.originsWhere(({ device }) => device === 'eth0'),
    space.address('source', packet.source),
    space.address('destination', packet.destination),
    space.equal('protocol', 17),
    space.equal('destinationPort', port),
    space.equal('hopLimit', 64),
    ...[...space.markLevels.values()].map(({ arrival }) => diagrams.complement(space.bit(arrival))),
  );
  const { delivered, dropped } = behaviourOf(space, [ruleset], point, { chainOrder });
  const arrives = diagrams.uniteAll(delivered.map(({ set }) => asSent(space, set)));
  return [arrives === empty ? '' : 'delivered', dropped === empty ? '' : 'dropped'].filter(Boolean).join(' or ');
}

const packet = udp('10.0.0.2', 1, '10.0.0.6', 5);

test.each([false, true])('the symbolic run takes every order, bounds %s', (bounds) => {
  expect(ways(0, 5, 'unknown', bounds)).toBe('delivered or dropped');
  expect(ways(0, 7, 'unknown', bounds)).toBe('dropped');
  expect(ways(0, 9, 'unknown', bounds)).toBe('delivered');
  expect(ways(1, 5, 'unknown', bounds)).toBe('dropped');
  expect(ways(-1, 5, 'unknown', bounds)).toBe('delivered');
  // Of what was registered in this order the last runs first [4].
  expect(ways(0, 5, 'known', bounds)).toBe('delivered');
});

test('as the simulator does', () => {
  for (const port of [5, 7, 9])
    for (const priority of [0, 1, -1]) {
      const simulation = createSimulation({
        hosts: [{ view: smallView, rulesets: [rules(priority)], chainOrder: 'unknown' }],
      });
      const fate = fateOf(
        send(simulation, smallView, { device: 'eth0', packet: { ...packet, destinationPort: port } })?.outcomes ?? [],
      );
      const said = ways(priority, port, 'unknown', false);
      expect([port, priority, fate.kind]).toEqual([port, priority, said.includes(' or ') ? 'unknown' : said]);
    }
});
