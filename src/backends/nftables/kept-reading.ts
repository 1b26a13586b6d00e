/**
 * What was read from the last document, for the next one of a policy that was edited: a set or map of which every word is
 * still the same is the same object, and who worked something out about it may remember that.
 */
import type { NamedMap, NamedSet } from '../../ruleset/set.ts';
import type { LoadedCollection, LoadedTable } from './loaded-ruleset.ts';

type Collection = NamedSet | NamedMap;

interface Kept {
  /** All that the reading depends on. */
  readonly text: string;
  readonly parsed: Collection | undefined;
}

export class KeptReading {
  private readonly byName = new Map<string, Kept>();
  private readonly canonical = new WeakMap<Collection, Map<boolean, Collection>>();

  /** What `parse` makes of a set or map; `updated`: rules add to it. */
  parsed(
    table: LoadedTable,
    collection: LoadedCollection,
    updated: boolean,
    parse: () => Collection | undefined,
  ): Collection | undefined {
    const { body, elements, kind } = collection;
    const name = `${table.family} ${table.name} ${collection.name}`;
    // Verdicts name chains, which have to be there.
    const chains = body.map === 'verdict' ? [...table.chains.keys()] : [];
    const text = JSON.stringify([kind, updated, chains, { ...body, elem: elements }]);
    const known = this.byName.get(name);
    if (known?.text === text) return known.parsed;
    const parsed = parse();
    this.byName.set(name, { text, parsed });
    return parsed;
  }

  /** The canonical form of a set or map that was parsed. */
  normalized<C extends Collection>(collection: C, updated: boolean, normalize: () => C): C {
    let forms = this.canonical.get(collection);
    if (forms === undefined) {
      forms = new Map();
      this.canonical.set(collection, forms);
    }
    let form = forms.get(updated);
    if (form === undefined) {
      form = normalize();
      forms.set(updated, form);
    }
    return form as C;
  }
}
