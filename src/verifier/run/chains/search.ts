/**
 * What a chain that only looks something up does with every packet there is. It does not depend on what arrives: it is made
 * once for each way of reading a packet, instead of taking apart at every branch what arrives, which is large.
 */
import type { Chain } from '../../../ruleset/ruleset.ts';
import { empty, everything, type SetId } from '../../sets/diagrams.ts';
import { Union } from '../../sets/union.ts';
import type { Space } from '../../space/space.ts';
import type { Reader } from '../reading/reader.ts';
import { readingsKey } from '../reading/reading.ts';
import { type Binding, bindingKey, type Sight } from '../reading/sight.ts';
import { bothChanges, type MarkChange, markKept } from './marks.ts';
import { type MatchContext, matchSet } from './match.ts';
import type { SearchShape, SearchStep } from './search-shape.ts';
import { type Translation, translationOf } from './translate.ts';

/** Every packet is in one of these, and in one only. */
export interface Found {
  /** Packets that come back, and what happens to their marks. */
  readonly back: readonly Back[];
  /** Packets that are translated (their `hit`), and what happens to their marks before. */
  readonly translated: readonly Translated[];
}

export interface Back {
  readonly set: SetId;
  readonly change: MarkChange;
}

export interface Translated {
  readonly translation: Translation;
  readonly change: MarkChange;
}

export interface SearchContext {
  readonly space: Space;
  readonly reader: Reader;
  readonly sight: Sight;
  readonly binding: Binding;
  /** What was found before, by chain and by how packets are read. */
  readonly known: FoundBefore;
  readonly named: (name: string) => Chain | undefined;
  readonly shapeOf: (chain: Chain) => SearchShape | undefined;
  readonly match: (chain: Chain, index: number) => MatchContext;
}

export type FoundBefore = Map<Chain, Map<string, Found | undefined>>;

/** Undefined where it depends on the mark, or on what is not known. */
export function search(chain: Chain, shape: SearchShape, context: SearchContext): Found | undefined {
  const { known, reader, sight, binding } = context;
  const readings = shape.compared.map((expression) => reader.read(expression));
  if (readings.some(({ kind }) => kind === 'mark' || kind === 'unknown')) return undefined;
  let before = known.get(chain);
  if (before === undefined) {
    before = new Map();
    known.set(chain, before);
  }
  const key = `${shape.translates ? `${sight.hook} ${bindingKey(binding)}: ` : ''}${readingsKey(readings)}`;
  if (before.has(key)) return before.get(key);
  const found = make(chain, shape, context);
  before.set(key, found);
  return found;
}

function make(chain: Chain, { steps }: SearchShape, context: SearchContext): Found | undefined {
  const { diagrams } = context.space;
  const back = new Parts(context.space);
  const translated = new Translations(context.space);
  let current = new Parts(context.space);
  current.add(everywhere);
  for (const [index, step] of steps.entries()) {
    const of = context.match(chain, index);
    const fits = diagrams.intersectAll(...step.matches.map((match) => matchSet(of, match)));
    const leads = ledTo(step, of, context);
    if (leads === undefined) return undefined;
    const next = new Parts(context.space);
    const into = step.verdict.kind === 'return' || step.verdict.kind === 'goto' ? back : next;
    for (const part of current.all) {
      next.add({ ...part, set: diagrams.subtract(part.set, fits) });
      const set = diagrams.intersect(part.set, fits);
      if (set === empty) continue;
      const matched: Back = { set, change: bothChanges(part.change, step.change) };
      for (const one of leads.back)
        into.add({ set: diagrams.intersect(set, one.set), change: bothChanges(matched.change, one.change) });
      for (const one of leads.translated) translated.add(matched, one);
    }
    current = next;
  }
  for (const part of current.all) back.add(part);
  return { back: back.all, translated: translated.all };
}

const everywhere: Back = { set: everything, change: markKept };

/** What becomes of the packets that fit a step. */
function ledTo({ verdict }: SearchStep, match: MatchContext, context: SearchContext): Found | undefined {
  switch (verdict.kind) {
    case 'continue':
    case 'return':
      return { back: [everywhere], translated: [] };
    case 'nat': {
      const { space, sight, binding } = context;
      const translation = translationOf(match, verdict, sight, binding);
      if (translation === undefined) return undefined;
      const missed: Back = { set: space.diagrams.complement(translation.hit), change: markKept };
      return { back: [missed], translated: [{ translation, change: markKept }] };
    }
    case 'jump':
    case 'goto': {
      const chain = context.named(verdict.chain);
      const shape = chain && context.shapeOf(chain);
      return chain && shape && search(chain, shape, context);
    }
  }
}

/** Packets by what happens to their marks. */
class Parts {
  private readonly space: Space;
  private readonly byChange = new Map<string, { readonly union: Union; readonly change: MarkChange }>();

  constructor(space: Space) {
    this.space = space;
  }

  add({ set, change }: Back): void {
    if (set === empty) return;
    const key = changeKey(change);
    const entry = this.byChange.get(key) ?? { union: new Union(this.space.diagrams), change };
    entry.union.add(set);
    this.byChange.set(key, entry);
  }

  get all(): readonly Back[] {
    return [...this.byChange.values()].map(({ union, change }) => ({ set: union.set, change }));
  }
}

/** Translations of packets that are apart from each other, those that write the same coordinates as one. */
class Translations {
  private readonly space: Space;
  private readonly made = new Map<string, Translated & { readonly unions: Record<Side, Union> }>();

  constructor(space: Space) {
    this.space = space;
  }

  add({ set, change }: Back, { translation, change: after }: Translated): void {
    const { diagrams } = this.space;
    const both = bothChanges(change, after);
    const key = `${changeKey(both)} ${bindingKey(translation.binding)}`;
    const entry = this.made.get(key) ?? {
      translation,
      change: both,
      unions: {
        hit: new Union(diagrams),
        relation: new Union(diagrams),
        lost: new Union(diagrams),
        unchanged: new Union(diagrams),
      },
    };
    const hit = diagrams.intersect(set, translation.hit);
    entry.unions.hit.add(hit);
    for (const side of ['relation', 'lost', 'unchanged'] as const)
      entry.unions[side].add(diagrams.intersect(hit, translation[side]));
    this.made.set(key, entry);
  }

  get all(): readonly Translated[] {
    return [...this.made.values()].map(({ translation: { binding }, change, unions }) => ({
      change,
      translation: {
        binding,
        hit: unions.hit.set,
        relation: unions.relation.set,
        lost: unions.lost.set,
        unchanged: unions.unchanged.set,
      },
    }));
  }
}

type Side = 'hit' | 'relation' | 'lost' | 'unchanged';

const changeKey = ({ keep, flip }: MarkChange): string => `${keep} ${flip}`;
