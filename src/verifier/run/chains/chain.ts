/** Chains over sets of packets: every rule splits the packets that reach it into those it matches and those that go on. */
import type { Chain, Rule, Table } from '../../../ruleset/ruleset.ts';
import type { Verdict } from '../../../ruleset/statement.ts';
import { type Diagrams, empty, everything, type SetId } from '../../sets/diagrams.ts';
import { Union } from '../../sets/union.ts';
import { partsOf } from '../../space/cuts-of-rules.ts';
import type { Space } from '../../space/space.ts';
import { Reader } from '../reading/reader.ts';
import type { Binding, Sight } from '../reading/sight.ts';
import type { Lookups } from './lookup.ts';
import { assigned, changedMark, withBit } from './marks.ts';
import { type MatchContext, matchSet, verdictSets } from './match.ts';
import { search } from './search.ts';
import { changesNothing, rejectKind, type Stretch, type TableChains } from './table-chains.ts';
import { type Translation, translationOf } from './translate.ts';

/** Where a rule stands. */
export interface RulePlace {
  readonly table: Table;
  readonly chain: string;
  readonly index: number;
}

/** What became of packets in a base chain. */
export interface ChainEnd {
  readonly accepted: SetId;
  readonly dropped: Union;
  readonly rejected: ReadonlyMap<string, Union>;
  /** Handed to something that is not modelled, which may do anything. */
  readonly unknown: Union;
  readonly translated: readonly { readonly set: SetId; readonly binding: Binding }[];
}

/** Told for every rule which packets it matches: findings about rules rest on this. */
export type Observer = (place: RulePlace, rule: Rule, matched: SetId) => void;

export interface ChainContext {
  readonly space: Space;
  readonly table: Table;
  readonly lookups: Lookups;
  readonly sight: Sight;
  readonly binding: Binding;
  readonly afterTracking: boolean;
  readonly observe: Observer | undefined;
}

/** Jumps nest no deeper in any kernel (NFT_JUMP_STACK_SIZE). */
const deepest = 16;

/** Runs packets through a base chain; its policy decides what reaches the end. */
export function runBaseChain(context: ChainContext, chain: Chain, packets: SetId): ChainEnd {
  const run = new ChainRun(context);
  const left = run.chain(chain, packets, 0);
  (chain.base?.policy === 'drop' ? run.dropped : run.accepted).add(left);
  return {
    accepted: run.accepted.set,
    dropped: run.dropped,
    rejected: run.rejected,
    unknown: run.unknown,
    translated: [...run.translated.values()],
  };
}

interface Step {
  /** Packets that go on with the next rule. */
  readonly next: SetId;
  readonly returned: SetId;
}

class ChainRun {
  readonly accepted: Union;
  readonly dropped: Union;
  readonly unknown: Union;
  readonly rejected = new Map<string, Union>();
  readonly translated = new Map<string, { readonly set: SetId; readonly binding: Binding }>();
  private readonly context: ChainContext;
  private readonly chains: TableChains;
  private readonly reader: Reader;
  /**
   * Rules of iptables, which has no maps, are the branches of trees and asked again and again; those of nftables are few, and what
   * arrives is smaller than what they are about. Who observes wants to know of every rule, and where choices are forgotten that
   * happens a rule at a time.
   */
  private readonly takesTogether: boolean;

  constructor(context: ChainContext) {
    const { diagrams } = context.space;
    this.context = context;
    this.accepted = new Union(diagrams);
    this.dropped = new Union(diagrams);
    this.unknown = new Union(diagrams);
    this.chains = context.lookups.chains(context.table);
    this.reader = new Reader(context.space, context.sight, context.afterTracking);
    this.takesTogether = context.table.engine !== 'nftables' && context.observe === undefined && !context.space.bounds;
  }

  /** The packets that come back from a chain: by `return`, or by reaching its end. */
  chain(chain: Chain, packets: SetId, depth: number): SetId {
    const { diagrams } = this.context.space;
    let returned: SetId = empty;
    let current = packets;
    for (const step of this.takesTogether ? this.chains.stretches(chain) : chain.rules.keys()) {
      if (current === empty) break;
      const end = this.step(chain, step, current, depth);
      current = end.next;
      returned = diagrams.unite(returned, end.returned);
    }
    return diagrams.unite(returned, current);
  }

  /** Rules that are taken together, or one by its index. */
  private step(chain: Chain, step: Stretch | number, packets: SetId, depth: number): Step {
    if (typeof step !== 'number' && step.verdict !== undefined)
      return this.stretch(chain, step, step.verdict, packets, depth);
    const index = typeof step === 'number' ? step : step.first;
    const rule = chain.rules[index];
    if (rule === undefined) return { next: packets, returned: empty };
    return this.rule({ table: this.context.table, chain: chain.name, index }, rule, packets, depth);
  }

  /** What fits one of the rules, at once: what arrives is large, what rules compare with is not, and the same for all that arrives. */
  private stretch(
    chain: Chain,
    { first, end, compared }: Stretch,
    verdict: Verdict,
    packets: SetId,
    depth: number,
  ): Step {
    const { space, lookups, table } = this.context;
    const { diagrams } = space;
    const leader = chain.rules[first];
    if (leader === undefined) return { next: packets, returned: empty };
    const place = (index: number): RulePlace => ({ table, chain: chain.name, index });
    const readings = compared.map((expression) => this.reader.read(expression));
    const fitting = lookups.fits(leader, readings, () =>
      diagrams.uniteAll(
        chain.rules.slice(first, end).map(({ statements }, index) => {
          const context = this.matchContext(place(first + index));
          const matches = statements.filter((statement) => statement.kind === 'match');
          return diagrams.intersectAll(...matches.map((statement) => matchSet(context, statement)));
        }),
      ),
    );
    const matched = diagrams.intersect(packets, fitting);
    if (matched === empty) return { next: packets, returned: empty };
    const step = this.verdict(verdict, matched, depth, this.matchContext(place(first)).place);
    return { next: diagrams.unite(step.next, diagrams.subtract(packets, fitting)), returned: step.returned };
  }

  private rule(place: RulePlace, rule: Rule, packets: SetId, depth: number): Step {
    const { space, observe } = this.context;
    const { diagrams } = space;
    const context = this.matchContext(place);
    let matched = packets;
    let next: SetId = empty;
    let returned: SetId = empty;
    for (const [position, statement] of rule.statements.entries()) {
      if (matched === empty) break;
      if (rule.statements.slice(position).every(changesNothing)) break;
      switch (statement.kind) {
        case 'match': {
          const holds = matchSet(context, statement);
          next = diagrams.unite(next, space.settled(diagrams.subtract(matched, holds)));
          matched = space.settled(diagrams.intersect(matched, holds));
          break;
        }
        case 'limit': {
          const holds = space.choice(`${context.place}: limit`);
          next = diagrams.unite(next, space.settled(diagrams.subtract(matched, holds)));
          matched = space.settled(diagrams.intersect(matched, holds));
          break;
        }
        case 'verdict': {
          // The verdict register says to go on: with the rest of the rule [16].
          if (statement.verdict.kind === 'continue') break;
          observe?.(place, rule, matched);
          const end = this.verdict(statement.verdict, matched, depth, context.place);
          next = diagrams.unite(next, end.next);
          returned = diagrams.unite(returned, end.returned);
          matched = empty;
          break;
        }
        case 'vmap': {
          const key = partsOf(statement.key).map((part) => this.reader.read(part));
          const verdicts = key.some(({ kind }) => kind === 'absent')
            ? []
            : verdictSets(context, key, statement.map, this.context.observe === undefined);
          if (verdicts === 'unknown') {
            matched = this.mayDoAnything(matched, `${context.place}: verdict map`);
            break;
          }
          let goesOn: SetId = empty;
          for (const { verdict, set } of verdicts) {
            const hit = diagrams.intersect(matched, set);
            matched = diagrams.subtract(matched, set);
            if (hit === empty) continue;
            if (verdict.kind === 'continue') {
              goesOn = diagrams.unite(goesOn, hit);
              continue;
            }
            observe?.(place, rule, hit);
            const end = this.verdict(verdict, hit, depth, context.place);
            next = diagrams.unite(next, end.next);
            returned = diagrams.unite(returned, end.returned);
          }
          next = diagrams.unite(next, matched); // a miss: the rule does not match [16]
          matched = goesOn;
          break;
        }
        case 'reject': {
          observe?.(place, rule, matched);
          const kind = rejectKind(statement);
          addTo(this.rejected, kind, diagrams).add(matched);
          matched = empty;
          break;
        }
        case 'nat': {
          const translation = translationOf(context, statement, this.context.sight, this.context.binding);
          if (translation === undefined) matched = this.mayDoAnything(matched, `${context.place}: ${statement.type}`);
          else {
            observe?.(place, rule, diagrams.intersect(matched, translation.hit));
            next = diagrams.unite(next, this.translate(translation, matched));
            matched = empty;
          }
          break;
        }
        case 'assign':
          matched = assigned(space, statement, matched, context.place);
          break;
        case 'notrack':
          matched = withBit(space, matched, space.untrackedLevel, true);
          break;
        case 'unknown':
          if (statement.effect === 'none') break;
          if (statement.effect === 'effect') matched = this.mayDoAnything(matched, statement.text);
          else {
            const holds = space.choice(statement.text);
            next = diagrams.unite(next, space.settled(diagrams.subtract(matched, holds)));
            matched = space.settled(diagrams.intersect(matched, holds));
          }
          break;
        case 'set-update': {
          // What has no such key, as an IPv6 packet has no `ip daddr`, is not matched.
          const key = partsOf(statement.key).map((part) => this.reader.read(part));
          const has = key.some(({ kind }) => kind === 'absent')
            ? empty
            : diagrams.intersectAll(...key.map((reading) => ('has' in reading ? reading.has : everything)));
          next = diagrams.unite(next, diagrams.subtract(matched, has));
          matched = diagrams.intersect(matched, has);
          break;
        }
        case 'counter':
        case 'log':
          break;
      }
    }
    if (matched !== empty) observe?.(place, rule, matched);
    return { next: diagrams.unite(next, matched), returned };
  }

  private verdict(verdict: Verdict, matched: SetId, depth: number, place: string): Step {
    switch (verdict.kind) {
      case 'accept':
        this.accepted.add(matched);
        return { next: empty, returned: empty };
      case 'drop':
        this.dropped.add(matched);
        return { next: empty, returned: empty };
      case 'continue':
        return { next: matched, returned: empty };
      case 'return':
        return { next: empty, returned: matched };
      case 'jump':
      case 'goto': {
        const target = this.chains.named(verdict.chain);
        if (target === undefined || depth >= deepest)
          return { next: this.mayDoAnything(matched, `${place}: ${verdict.kind}`), returned: empty };
        const back = this.searched(target, matched, depth) ?? this.chain(target, matched, depth + 1);
        return verdict.kind === 'jump' ? { next: back, returned: empty } : { next: empty, returned: back };
      }
      case 'queue':
        this.unknown.add(matched);
        return { next: empty, returned: empty };
    }
  }

  /** What comes back from a chain that only looks something up; undefined for all others. */
  private searched(chain: Chain, packets: SetId, depth: number): SetId | undefined {
    if (!this.takesTogether) return undefined;
    const shape = this.chains.searchShape(chain);
    if (shape === undefined || depth + shape.jumps >= deepest) return undefined;
    const { space, table, lookups, sight, binding } = this.context;
    const found = search(chain, shape, {
      space,
      reader: this.reader,
      sight,
      binding,
      known: lookups.found,
      named: (name) => this.chains.named(name),
      shapeOf: (one) => this.chains.searchShape(one),
      match: (one, index) => this.matchContext({ table, chain: one.name, index }),
    });
    if (found === undefined) return undefined;
    const { diagrams } = space;
    for (const { change, translation } of found.translated)
      this.translate(translation, changedMark(space, diagrams.intersect(packets, translation.hit), change));
    return diagrams.uniteAll(
      found.back.map(({ change, set }) => changedMark(space, diagrams.intersect(packets, set), change)),
    );
  }

  /** Gives the packets that are not translated. */
  private translate({ relation, hit, lost, unchanged, binding }: Translation, matched: SetId): SetId {
    const { diagrams } = this.context.space;
    this.dropped.add(() => diagrams.intersectAll(matched, hit, lost));
    const all = diagrams.intersect(diagrams.intersect(matched, hit), relation);
    const same = diagrams.intersect(all, unchanged);
    if (same !== empty) this.addTranslated(this.withoutNew(same, binding), this.context.binding);
    this.addTranslated(diagrams.subtract(all, unchanged), binding);
    return diagrams.subtract(matched, hit);
  }

  /** Forgets the coordinates that a translation has just made. */
  private withoutNew(set: SetId, binding: Binding): SetId {
    const { space, binding: before } = this.context;
    const made = [binding.destination, binding.port, binding.source].filter(
      (field) => field !== before.destination && field !== before.port && field !== before.source,
    );
    return space.diagrams.project(set, space.diagrams.mask(made.flatMap((field) => space.levelsOf(field))));
  }

  private addTranslated(set: SetId, binding: Binding): void {
    const { diagrams } = this.context.space;
    const key = `${binding.destination} ${binding.port} ${binding.source}`;
    const before = this.translated.get(key)?.set ?? empty;
    if (set !== empty) this.translated.set(key, { set: diagrams.unite(before, set), binding });
  }

  /** Either nothing, or something that ends in an unknown way. Gives the packets of the first case. */
  private mayDoAnything(matched: SetId, text: string): SetId {
    const { space } = this.context;
    const { diagrams } = space;
    const acts = space.choice(text);
    this.unknown.add(space.settled(diagrams.intersect(matched, acts)));
    return space.settled(diagrams.subtract(matched, acts));
  }

  private matchContext({ table, chain, index }: RulePlace): MatchContext {
    const { space, lookups } = this.context;
    const place = `${table.family} ${table.name} ${chain} rule ${index + 1}`;
    return { space, table, lookups, reader: this.reader, place };
  }
}

/** The union for packets that are rejected in one way. */
export function addTo(rejected: Map<string, Union>, kind: string, diagrams: Diagrams): Union {
  let union = rejected.get(kind);
  if (union === undefined) {
    union = new Union(diagrams);
    rejected.set(kind, union);
  }
  return union;
}
