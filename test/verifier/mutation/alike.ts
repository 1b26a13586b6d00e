/**
 * Values that nothing tells apart, though there are others between them: the classes of a space are intervals, and what lies
 * on both sides of a single address or port is mostly one and the same to everybody. Two values are alike when every
 * interval and every set of addresses that rules, policy and host speak of holds both of them or none.
 */
import type { AddressSet } from '../../../src/net/address-set.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { cutByMeaning } from '../../../src/verifier/meaning/cuts-of-meaning.ts';
import type { ProofSubject } from '../../../src/verifier/proof/prove.ts';
import { firstPacketFields } from '../../../src/verifier/proof/universe.ts';
import type { SetId } from '../../../src/verifier/sets/diagrams.ts';
import type { Value } from '../../../src/verifier/sets/partition.ts';
import { CutCollector } from '../../../src/verifier/space/cuts.ts';
import { cutByRules } from '../../../src/verifier/space/cuts-of-rules.ts';
import { cutByView } from '../../../src/verifier/space/cuts-of-view.ts';
import { addressValue, type Field, fieldKinds, type Kind } from '../../../src/verifier/space/fields.ts';
import type { Space } from '../../../src/verifier/space/space.ts';
import { knownProtocols, knownTypes } from '../../../src/verifier/space/space-of.ts';
import { classValues } from './packets.ts';

type ValueKind = Exclude<Kind, 'origin'>;
type Holds = (value: Value) => boolean;

/** Collects what holds which values, where a space is only cut. */
class Spoken extends CutCollector {
  readonly sets = new Map<ValueKind, Holds[]>();
  readonly each = new Set<ValueKind>();
  private readonly noted = new WeakSet<object>();
  private inSet = false;

  override add(kind: ValueKind, first: Value, last: Value): void {
    super.add(kind, first, last);
    if (!this.inSet) this.note(kind, (value) => first <= value && value <= last);
  }

  override addEach(kind: Exclude<ValueKind, 'address' | 'port'>): void {
    super.addEach(kind);
    this.each.add(kind);
  }

  override addAddresses(set: AddressSet): void {
    if (this.noted.has(set)) return;
    this.noted.add(set);
    const own = set
      .filter(({ family }) => family === this.family)
      .map(({ family, first, last }) => ({
        first: addressValue({ family, value: first }),
        last: addressValue({ family, value: last }),
      }));
    if (own.length > 0) this.note('address', (value) => own.some(({ first, last }) => first <= value && value <= last));
    this.inSet = true;
    super.addAddresses(set);
    this.inSet = false;
  }

  private note(kind: ValueKind, holds: Holds): void {
    const list = this.sets.get(kind) ?? [];
    list.push(holds);
    this.sets.set(kind, list);
  }
}

/** Whoever is sent to and whoever sends may be like each other, and still be two. */
const ofEach: Partial<Record<Kind, number>> = { address: 2 };

/** Classes of each field that nothing tells apart. */
export function alikeClasses(
  { meaning, sets, view }: ProofSubject,
  space: Space,
  rulesets: readonly Ruleset[],
): ReadonlyMap<Field, readonly (readonly number[])[]> {
  const spoken = new Spoken(space.family);
  for (const protocol of knownProtocols) spoken.add('protocol', protocol, protocol);
  for (const type of knownTypes[space.family]) spoken.add('icmpType', type, type);
  spoken.add('hopLimit', 0, 1);
  cutByView(spoken, view);
  cutByRules(spoken, rulesets);
  cutByMeaning(spoken, meaning, sets);
  return new Map(
    firstPacketFields.map((field) => {
      const kind = fieldKinds[field];
      const alone = kind === 'origin' || spoken.each.has(kind);
      const holding = alone ? [] : (spoken.sets.get(kind) ?? []);
      const partition = space.partitionOf(field);
      const groups = new Map<string, number[]>();
      for (let index = 0; index < partition.size; index++) {
        const value = partition.firstOf(index);
        const key = alone ? `${index}` : holding.map((holds) => (holds(value) ? '1' : '0')).join('');
        groups.set(key, [...(groups.get(key) ?? []), index]);
      }
      return [field, [...groups.values()]];
    }),
  );
}

/** The packets of a space whose fields hold one of the values that are alike (addresses: two); `known`: these, where there are such. */
export function oneOfAlike(
  subject: ProofSubject,
  space: Space,
  rulesets: readonly Ruleset[],
  known?: ReadonlyMap<Field, ReadonlySet<unknown>>,
): SetId {
  const chosen = [...alikeClasses(subject, space, rulesets)].map(([field, groups]) => {
    const partition = space.partitionOf(field);
    const width = (index: number): bigint => BigInt(partition.lastOf(index)) - BigInt(partition.firstOf(index));
    const values = known === undefined ? [] : classValues(space, field);
    const classes = new Set(
      groups.flatMap((group) => {
        const before = group.filter((index) => known?.get(field)?.has(values[index]));
        if (before.length > 0) return before;
        const widest = [...group].sort((left, right) => (width(left) > width(right) ? -1 : 1));
        return widest.slice(0, ofEach[fieldKinds[field]] ?? 1);
      }),
    );
    return space.classes(field, (index) => classes.has(index));
  });
  return space.diagrams.intersectAll(...chosen);
}
