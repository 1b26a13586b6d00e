/**
 * Why mutants need not be compared on all packets: those on whose way nobody looks at what a mutation changed fare as before,
 * and whoever has another value in a field that nothing tells apart is treated in the same way.
 */
import { expect, test } from 'vitest';
import { families } from '../../../src/net/address.ts';
import { type ExamplePacket, type Point, packetAt } from '../../../src/verifier/proof/example.ts';
import { withBridgeAddresses } from '../../../src/verifier/proof/link-layer.ts';
import { proofSubject } from '../../../src/verifier/proof/prove.ts';
import { firstPacket } from '../../../src/verifier/proof/replay.ts';
import { firstPacketFields } from '../../../src/verifier/proof/universe.ts';
import { whereaboutsIn } from '../../../src/verifier/proof/whereabouts.ts';
import type { Field } from '../../../src/verifier/space/fields.ts';
import type { Space } from '../../../src/verifier/space/space.ts';
import { fixturesOf, includeReader } from '../../support/fixtures.ts';
import { atomsOf } from '../atoms.ts';
import { alikeClasses } from './alike.ts';
import { Talk } from './conversation.ts';
import { MutantJudge } from './judge.ts';
import { askedOf } from './packets.ts';
import { byKind, subjectsOf } from './subjects.ts';

for (const [number, name] of ['deny-inside-bridge'].entries()) {
  test(`packets of ${name} that do not come to what was changed`, { timeout: 120_000 }, () => {
    const fixture = fixturesOf('valid').find((one) => one.name === name);
    if (fixture === undefined) throw new Error(`no fixture ${name}`);
    let [asked, kinds] = [0, 0];
    for (const subject of subjectsOf(fixture.policy, includeReader(fixture))) {
      const judge = new MutantJudge(subject.compiled, subject.rules, { packets: 4, seed: number + 1 });
      for (const [kind, places] of byKind([subject])) {
        const { mutation } = places[(number * 31) % places.length] ?? {};
        if (mutation === undefined) continue;
        const { packets, different } = judge.elsewhere(mutation);
        expect(different, `${subject.target}: ${kind}, ${mutation.where}`).toEqual([]);
        asked += packets;
        kinds++;
      }
    }
    expect(asked).toBeGreaterThan(0);
    expect(kinds).toBeGreaterThanOrEqual(20);
  });
}

for (const name of ['nested-prefixes'])
  test(`packets of ${name} with values that nothing tells apart`, { timeout: 120_000 }, () => {
    const fixture = fixturesOf('valid').find((one) => one.name === name);
    if (fixture === undefined) throw new Error(`no fixture ${name}`);
    let compared = 0;
    for (const { compiled, rules } of subjectsOf(fixture.policy, includeReader(fixture))) {
      const subject = proofSubject(compiled.meaning);
      const talk = new Talk(withBridgeAddresses(subject.view), rules);
      for (const family of families) {
        const { space, sets } = askedOf(subject, family, rules);
        const isBehind = whereaboutsIn(space);
        const groups = alikeClasses(subject, space, rules);
        const fates = (packet: ExamplePacket, starts: boolean): string =>
          talk
            .about(firstPacket(packet, starts), isBehind)
            .fates.replace(/[0-9a-f]*[.:][0-9a-f.:]+/g, 'ADDRESS')
            .replace(/port \d+/g, 'port');
        for (const { starts, set } of sets)
          for (const point of atomsOf(space, set, firstPacketFields, 20, 5).points)
            for (const field of firstPacketFields) {
              const other = withAnother(space, point, field, groups.get(field) ?? []);
              if (other === undefined) continue;
              const [packet, changed] = [packetAt(point), packetAt(other)];
              if (toItself(packet) || toItself(changed)) continue;
              compared++;
              expect(fates(changed, starts), `${field} of ${fates(packet, starts)}`).toBe(fates(packet, starts));
            }
      }
    }
    expect(compared).toBeGreaterThan(100);
  });

/** Where two fields are alike, packets are treated as they treat no others. */
const toItself = ({ source, destination }: ExamplePacket): boolean => source.value === destination.value;

/** The same point with the next class of its group in a field. */
function withAnother(
  space: Space,
  { bits }: Point,
  field: Field,
  groups: readonly (readonly number[])[],
): Point | undefined {
  const levels = space.levelsOf(field);
  const own = levels.reduce((index, level) => index * 2 + (bits.get(level) === true ? 1 : 0), 0);
  const group = groups.find((classes) => classes.includes(own)) ?? [];
  const next = group[(group.indexOf(own) + 1) % group.length];
  if (next === undefined || next === own) return undefined;
  const changed = new Map(bits);
  for (const [place, level] of levels.entries()) changed.set(level, ((next >> (levels.length - 1 - place)) & 1) === 1);
  return { space, bits: changed };
}
