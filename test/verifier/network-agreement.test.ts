/**
 * Law: on wires, LANs, overlays and macvlan the symbolic run says of a packet what the simulator does to it, for the rules of
 * the scenarios and for changed ones, with and without br_netfilter. CTFW_NETWORK_PACKETS: packets of each kind; CTFW_NETWORK_SEED.
 */
import { expect, test } from 'vitest';
import { type Compiled, compile } from '../../src/compile.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { families, formatAddress } from '../../src/net/address.ts';
import { compiledRules } from '../../src/proving/emitted-rules.ts';
import type { Ruleset } from '../../src/ruleset/ruleset.ts';
import { MeaningDiagrams } from '../../src/verifier/meaning/meant.ts';
import { fateText } from '../../src/verifier/proof/counterexample.ts';
import { type Point, packetAt, pointSet } from '../../src/verifier/proof/example.ts';
import { proofSpace, proofSubject, withoutBridgeNetfilter } from '../../src/verifier/proof/prove.ts';
import { type Fate, firstPacket, replay, untouchedHost } from '../../src/verifier/proof/replay.ts';
import { firstPacketFields, Universe } from '../../src/verifier/proof/universe.ts';
import { whereaboutsIn } from '../../src/verifier/proof/whereabouts.ts';
import { type Behaviour, behaviourOfRules } from '../../src/verifier/run/behaviour.ts';
import { Rules } from '../../src/verifier/run/hooks/hook.ts';
import { empty, type SetId } from '../../src/verifier/sets/diagrams.ts';
import { addressValue } from '../../src/verifier/space/fields.ts';
import { fixturesOf, includeReader } from '../support/fixtures.ts';
import { atomsOf } from './atoms.ts';
import { mutationsOf } from './mutation/mutations.ts';

const scenarios = ['c1-wire-to-the-host', 'c2-macvlan', 'c2-physical', 'c2-physical-icc-off', 'c6-overlay'];
const packets = Number(process.env.CTFW_NETWORK_PACKETS ?? 15);
const seed = Number(process.env.CTFW_NETWORK_SEED ?? 1);
const mutants = 3;

for (const fixture of fixturesOf('valid').filter(({ name }) => scenarios.includes(name)))
  test(`${fixture.name}: symbolic run and simulator agree`, { timeout: 600_000 }, () => {
    const [compiled] = compile(fixture.policy, includeReader(fixture), emptyLock).compiled;
    if (compiled === undefined) throw new Error('it does not compile');
    const rules = compiledRules(compiled, 'nft');
    const fates = new Map<Fate['kind'], number>();
    for (const rulesets of [rules, ...changedRules(rules)])
      for (const problem of disagreements(compiled, rulesets, fates)) expect(problem).toBeUndefined();
    expect([...fates.keys()].sort()).toEqual(expect.arrayContaining(['delivered', 'dropped']));
  });

/** A few mutants, spread over all places. */
function changedRules(rules: readonly Ruleset[]): readonly (readonly Ruleset[])[] {
  const all = [...mutationsOf(rules)];
  const step = Math.floor(all.length / mutants);
  return Array.from({ length: mutants }, (_, turn) => all[(turn * step + seed * 131) % all.length]).flatMap((one) =>
    one === undefined ? [] : [one.mutant],
  );
}

function* disagreements(
  compiled: Compiled,
  rulesets: readonly Ruleset[],
  fates: Map<Fate['kind'], number>,
): Generator<string> {
  const subject = proofSubject(compiled.meaning);
  for (const family of families) {
    const space = proofSpace(subject, family, rulesets);
    const universe = new Universe(space, subject.meaning, new MeaningDiagrams(space, subject.meaning, subject.sets));
    const first = space.diagrams.subtract(universe.first(), universe.unmanaged());
    const rules = new Rules(space, rulesets);
    const hosts = [
      { rules, view: subject.view },
      { rules: rules.withoutBridgeNetfilter(), view: withoutBridgeNetfilter(subject.view) },
    ];
    const asked = [first, universe.forgedIn('new')];
    const bridged = asked.map((set) => space.diagrams.intersect(set, universe.aroundBridges()));
    for (const { rules: loaded, view } of hosts) {
      const scene = { view, isBehind: whereaboutsIn(space), untouched: untouchedHost(view, { rulesets }) };
      for (const set of [...asked, ...bridged]) {
        const behaviour = behaviourOfRules(loaded, set);
        for (const point of atomsOf(space, set, firstPacketFields, packets, seed).points) {
          const sent = firstPacket(packetAt(point), true);
          // What a sender sends to itself has no way of its own.
          if (formatAddress(sent.packet.source) === formatAddress(sent.packet.destination)) continue;
          const { fate } = replay(scene, [sent]);
          fates.set(fate.kind, (fates.get(fate.kind) ?? 0) + 1);
          if (!allows(behaviour, point, fate))
            yield `${JSON.stringify(sent, plain)}, br_netfilter ${loaded.judgesBridged}: ${fateText(fate)}, but not to the symbolic run`;
        }
      }
    }
  }
}

/** Whether the symbolic run knows that this may become of a packet. */
function allows(behaviour: Behaviour, point: Point, fate: Fate): boolean {
  const { space } = behaviour;
  const { diagrams } = space;
  const here = pointSet(point, firstPacketFields);
  const holds = (...sets: readonly SetId[]): boolean => diagrams.intersectAll(here, ...sets) !== empty;
  const refused = [...behaviour.rejected.values()];
  if (holds(behaviour.unknown)) return true;
  switch (fate.kind) {
    case 'delivered':
      return behaviour.delivered.some(({ binding, set }) => {
        const { source, destination } = fate.packet;
        const at = (
          field: 'source' | 'seenSource' | 'destination' | 'realDestination',
          address: typeof source,
        ): SetId => {
          const wanted = space.partitions.address.classOf(addressValue(address));
          return space.classes(field, (index) => index === wanted);
        };
        return holds(set, at(binding.source, source), at(binding.destination, destination));
      });
    case 'rejected':
      return refused.some((set) => holds(set));
    case 'dropped':
      return holds(behaviour.dropped) || refused.some((set) => holds(set));
    case 'unknown':
      return true;
  }
}

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `0x${value.toString(16)}` : value;
}
