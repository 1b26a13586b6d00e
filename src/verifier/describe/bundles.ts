/**
 * Sets of flows as products of who sends to whom and all the rest: what is sent, and what becomes of it. A thousand published
 * ports that the same senders reach have the same ends, and these are worked out once.
 */
import { columnsOf } from '../sets/columns.ts';
import { type Diagrams, empty, everything, type SetId } from '../sets/diagrams.ts';
import { Member } from '../sets/member.ts';
import { Splitter } from '../sets/split.ts';
import type { Field } from '../space/fields.ts';
import { having, isOneClass, type ValueRange, valuesOf } from '../space/groups.ts';
import type { Space } from '../space/space.ts';
import { fieldsOf } from './axes.ts';

/** A product. */
export interface Bundle {
  /** Over where packets come from, their source and their destination as sent. */
  readonly ends: SetId;
  /** Over all else. */
  readonly rest: SetId;
}

/** Flows with some values of a field. */
export interface BundleGroup {
  readonly values: readonly ValueRange[];
  /** Without the field. */
  readonly bundles: readonly Bundle[];
}

/** Splits sets of one space: no two bundles have the same ends, and no two a rest in common. */
export class Bundles {
  private readonly space: Space;
  private readonly splitter: Splitter;

  constructor(space: Space) {
    this.space = space;
    const fields = [...fieldsOf.from, ...fieldsOf.to];
    this.splitter = new Splitter(
      space.diagrams,
      fields.flatMap((field) => space.levelsOf(field)),
    );
  }

  of(set: SetId): readonly Bundle[] {
    return columnsOf(this.space.diagrams, this.splitter.rows(set)).map(({ values, rest }) => ({
      ends: rest,
      rest: values,
    }));
  }
}

/** A set that nobody has split. */
export function undivided(set: SetId): readonly Bundle[] {
  return [{ ends: everything, rest: set }];
}

/** All flows of some bundles. */
export function setOfBundles(diagrams: Diagrams, bundles: readonly Bundle[]): SetId {
  return diagrams.uniteAll(bundles.map(({ ends, rest }) => diagrams.intersect(ends, rest)));
}

/** Bundles with the same ends are one. */
export function joinBundles(diagrams: Diagrams, bundles: readonly Bundle[]): readonly Bundle[] {
  const byEnds = new Map<SetId, SetId[]>();
  for (const { ends, rest } of bundles) {
    const list = byEnds.get(ends);
    if (list === undefined) byEnds.set(ends, [rest]);
    else list.push(rest);
  }
  return [...byEnds].map(([ends, rests]) => ({ ends, rest: diagrams.uniteAll(rests) }));
}

/** The rests of bundles with these values of a field, which is not one of their ends. */
export function bundlesHaving(
  space: Space,
  bundles: readonly Bundle[],
  field: Field,
  values: readonly ValueRange[],
): readonly Bundle[] {
  const set = having(space, field, values);
  return bundles
    .map(({ ends, rest }) => ({ ends, rest: space.diagrams.intersect(rest, set) }))
    .filter(({ rest }) => rest !== empty);
}

/** The values that a field, which is not one of the ends, has in bundles. */
export function valuesOfBundles(space: Space, bundles: readonly Bundle[], field: Field): readonly ValueRange[] {
  return valuesOf(space, space.diagrams.uniteAll(bundles.map(({ rest }) => rest)), field);
}

/** Splits bundles by a field that is not one of their ends: as many groups as there are different rests, those with the lowest values first. */
export function groupBundles(space: Space, bundles: readonly Bundle[], field: Field): readonly BundleGroup[] {
  const { diagrams } = space;
  const values = valuesOfBundles(space, bundles, field);
  if (isOneClass(space, values, field)) {
    return [{ values, bundles: bundles.map(({ ends, rest }) => ({ ends, rest: space.without(rest, [field]) })) }];
  }
  const byValues = new Map<SetId, Bundle[]>();
  for (const { ends, rest } of bundles)
    for (const row of space.splitter(field).rows(rest)) {
      const list = byValues.get(row.values);
      if (list === undefined) byValues.set(row.values, [{ ends, rest: row.rest }]);
      else list.push({ ends, rest: row.rest });
    }
  let before: SetId = empty;
  for (const values of byValues.keys()) {
    // Some of these values have more than the others: nobody has split them.
    if (diagrams.meets(before, values)) return groupBundles(space, undivided(setOfBundles(diagrams, bundles)), field);
    before = diagrams.unite(before, values);
  }
  const groups = new Map<string, { readonly bundles: readonly Bundle[]; readonly values: SetId[] }>();
  for (const [values, list] of byValues) {
    const key = list.map(({ ends, rest }) => `${ends} ${rest}`).join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { bundles: list, values: [values] });
    else group.values.push(values);
  }
  const levels = space.levelsOf(field);
  return [...groups.values()]
    .map(({ bundles: list, values }) => {
      const set = diagrams.uniteAll(values);
      return { bundles: list, set, lowest: new Member(diagrams, set).textOver(levels) };
    })
    .sort((one, other) => (one.lowest < other.lowest ? -1 : 1))
    .map(({ bundles: list, set }) => ({ bundles: list, values: valuesOf(space, set, field) }));
}
