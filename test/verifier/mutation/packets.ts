/**
 * The packets on which rules and a mutant are compared: one for every atom product (one class of each field) of rules,
 * mutant, policy and host. Fields that a packet of its protocol does not have make no difference between packets.
 */
import type { Address, Family } from '../../../src/net/address.ts';
import { rangeOfPrefix } from '../../../src/net/address-set.ts';
import type { Prefix } from '../../../src/net/prefix.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { MeaningDiagrams } from '../../../src/verifier/meaning/meant.ts';
import { packetAt, valueAt } from '../../../src/verifier/proof/example.ts';
import { type ProofSubject, proofSpace } from '../../../src/verifier/proof/prove.ts';
import { firstPacket, type Sent } from '../../../src/verifier/proof/replay.ts';
import { firstPacketFields, Universe } from '../../../src/verifier/proof/universe.ts';
import { empty, type SetId } from '../../../src/verifier/sets/diagrams.ts';
import type { Value } from '../../../src/verifier/sets/partition.ts';
import { addressValue, type Field } from '../../../src/verifier/space/fields.ts';
import type { Space } from '../../../src/verifier/space/space.ts';
import { atomsOf } from '../atoms.ts';

/** Packets of which a proof says something; `starts`: they are sent as first packets of a connection. */
export interface AskedSet {
  readonly starts: boolean;
  readonly set: SetId;
}

/** A space, and the sets in it that a proof speaks of. */
export interface Asked {
  readonly space: Space;
  readonly sets: readonly AskedSet[];
}

export function askedOf(subject: ProofSubject, family: Family, rulesets: readonly Ruleset[]): Asked {
  const space = proofSpace(subject, family, rulesets);
  return { space, sets: setsOf(subject, space) };
}

/** The values of each field that packets of a set have. */
export function valuesIn(space: Space, set: SetId): ReadonlyMap<Field, ReadonlySet<unknown>> {
  return new Map(
    firstPacketFields.map((field) => {
      const values = classValues(space, field);
      const held = values.filter(
        (_, index) =>
          space.diagrams.intersect(
            set,
            space.classes(field, (one) => one === index),
          ) !== empty,
      );
      return [field, new Set(held)];
    }),
  );
}

export function setsOf({ meaning, sets }: ProofSubject, space: Space): readonly AskedSet[] {
  const { diagrams } = space;
  const meant = new MeaningDiagrams(space, meaning, sets);
  const universe = new Universe(space, meaning, meant);
  const first = diagrams.subtract(universe.first(), universe.unmanaged());
  // What is left open may change as it likes: see docs/proof.md.
  const open = diagrams.uniteAll([universe.vacant(), universe.astray(), meant.meant(first, true).unsaid]);
  return [
    { starts: true, set: diagrams.subtract(first, open) },
    { starts: true, set: universe.forgedIn('new') },
    { starts: false, set: universe.forgedIn('invalid') },
    { starts: false, set: diagrams.intersect(universe.stray(), universe.touchesNetworks()) },
  ];
}

const ports: readonly Field[] = ['sourcePort', 'destinationPort'];
const messages: readonly Field[] = ['icmpType', 'icmpCode'];
const portProtocols: readonly number[] = [6, 17, 33, 132, 136];

/** A set in which each packet is there once: what its protocol does not have is the first class. */
function differentPackets(space: Space, set: SetId): SetId {
  const { diagrams } = space;
  return [...ports, ...messages, 'tcpFlags' as const].reduce((left, field) => {
    const having = protocolsWith(space, field);
    return diagrams.unite(diagrams.intersect(left, having), without(space, diagrams.subtract(left, having), [field]));
  }, set);
}

/** Packets of the protocols that have a field. */
function protocolsWith(space: Space, field: Field): SetId {
  if (ports.includes(field)) return space.anyOf('protocol', portProtocols);
  if (messages.includes(field)) return space.equal('protocol', space.family === 'ipv4' ? 1 : 58);
  return field === 'tcpFlags' ? space.equal('protocol', 6) : space.wellFormed(['protocol']);
}

function without(space: Space, set: SetId, missing: readonly Field[]): SetId {
  const { diagrams } = space;
  const mask = diagrams.mask(missing.flatMap((field) => [...space.levelsOf(field)]));
  const first = missing.map((field) => space.classes(field, (index) => index === 0));
  return diagrams.intersectAll(diagrams.project(set, mask), ...first);
}

/** At most so many packets of the sets, and how many there are. */
export function packetsOf(
  space: Space,
  sets: readonly AskedSet[],
  most: number,
  seed: number,
): { readonly packets: readonly Sent[]; readonly count: bigint } {
  const packets: Sent[] = [];
  let count = 0n;
  for (const { starts, set: asked } of sets) {
    if (asked === empty) continue;
    const set = differentPackets(space, asked);
    const atoms = atomsOf(space, set, firstPacketFields, most, seed);
    count += atoms.count;
    for (const point of atoms.points) packets.push(firstPacket(packetAt(point), starts));
  }
  return { packets, count };
}

/** Sets, restricted. */
export function within(space: Space, sets: readonly AskedSet[], part: SetId): readonly AskedSet[] {
  return sets.map(({ starts, set }) => ({ starts, set: space.diagrams.intersect(set, part) }));
}

/** The packets of a space that are not among those of another one of the same policy: some value of theirs was never sent there. */
export function freshIn(space: Space, known: Space, values: ReadonlyMap<Field, ReadonlySet<unknown>>): SetId {
  const { diagrams } = space;
  const fields = firstPacketFields.map((field) => {
    const own = values.get(field);
    const fresh = classValues(space, field).map((value) => own?.has(value) !== true);
    return diagrams.intersect(
      protocolsWith(space, field),
      space.classes(field, (index) => fresh[index] === true),
    );
  });
  const marks = [...space.markLevels].map(([bit, { arrival }]) =>
    known.markLevels.has(bit) ? empty : space.bit(arrival),
  );
  return diagrams.intersect(diagrams.uniteAll([...fields, ...marks]), space.wellFormed(firstPacketFields));
}

/** What stands for each class of a field in a packet. */
export function classValues(space: Space, field: Field): readonly unknown[] {
  if (field === 'origin') return space.origins.map(({ device }) => device);
  const levels = space.levelsOf(field);
  return Array.from({ length: space.partitionOf(field).size }, (_, index) => {
    const bits = new Map(levels.map((level, place) => [level, ((index >> (levels.length - 1 - place)) & 1) === 1]));
    return valueAt({ space, bits }, field);
  });
}

/** Packets that hit constants: some address of theirs is one that stands there, and some port. Everything where none stands there. */
export function hitting(space: Space, constants: Constants): SetId {
  const { diagrams, family } = space;
  // Where nothing cuts at a constant, whole classes are hit.
  const classesAt = (field: Field, first: Value, last: Value): SetId => {
    const partition = space.partitionOf(field);
    const [from, to] = [partition.classOf(first), partition.classOf(last)];
    return space.classes(field, (index) => index >= from && index <= to);
  };
  const ranges = [
    ...constants.addresses.map((address) => ({ family: address.family, first: address.value, last: address.value })),
    ...constants.prefixes.map(rangeOfPrefix),
  ].filter((range) => range.family === family);
  const addresses = (['source', 'destination'] as const).flatMap((field) =>
    ranges.map(({ first, last }) =>
      classesAt(field, addressValue({ family, value: first }), addressValue({ family, value: last })),
    ),
  );
  const numbers = (['sourcePort', 'destinationPort'] as const).flatMap((field) =>
    constants.ports.map((port) => classesAt(field, port, port)),
  );
  const named = space.originsWhere(({ device, input }) =>
    [device, input].some((name) => name !== undefined && constants.names.has(name)),
  );
  return diagrams.intersectAll(
    ...(addresses.length === 0 ? [] : [diagrams.uniteAll(addresses)]),
    ...(numbers.length === 0 ? [] : [diagrams.uniteAll(numbers)]),
    ...(named === empty || addresses.length > 0 ? [] : [named]),
    space.wellFormed(firstPacketFields),
  );
}

export interface Constants {
  readonly addresses: readonly Address[];
  readonly prefixes: readonly Prefix[];
  readonly ports: readonly number[];
  readonly names: ReadonlySet<string>;
}

/** The constants in a part of a ruleset. Numbers count as ports: they only say where to look. */
export function constantsIn(part: unknown): Constants {
  const addresses: Address[] = [];
  const prefixes: Prefix[] = [];
  const found = new Set<number>();
  const names = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { kind } = value as { kind?: unknown };
    const held = value as Record<string, unknown>;
    if (kind === 'address' && typeof held.address === 'object') addresses.push(held.address as Address);
    else if (kind === 'prefix') prefixes.push(held.prefix as Prefix);
    else if (kind === 'name' && typeof held.name === 'string') names.add(held.name);
    else if (kind === 'integer' && typeof held.value === 'number' && held.value > 17 && held.value < 65_536)
      found.add(held.value);
    else for (const inner of Object.values(held)) walk(inner);
  };
  walk(part);
  return { addresses, prefixes, ports: [...found], names };
}

/** Whether two spaces of one policy tell the same apart. */
export function sameClasses(one: Space, other: Space): boolean {
  return (
    firstPacketFields.every((field) => {
      const [left, right] = [one.partitionOf(field), other.partitionOf(field)];
      return (
        left.size === right.size &&
        Array.from({ length: left.size }, (_, index) => left.firstOf(index) === right.firstOf(index)).every(Boolean)
      );
    }) &&
    [...one.markLevels.keys()].join() === [...other.markLevels.keys()].join() &&
    one.origins.map(({ device }) => device).join() === other.origins.map(({ device }) => device).join()
  );
}
