/**
 * Sets split by some of their levels: which values of those levels have the same rest. What a set is for each value is a
 * decision over these levels that ends in sets of the others, as if they stood above all others; it is found in one walk of
 * the diagram, however many rests there are, and what was found for a part of a set is remembered for all that share it.
 */
import { Diagrams, empty, everything, type SetId } from './diagrams.ts';
import { firstWithOne, Member } from './member.ts';

/** Values whose rest is the same. */
export interface Row {
  /** Over the levels that a set is split by. */
  readonly values: SetId;
  /** Over the other levels; never empty. */
  readonly rest: SetId;
}

/** Neighbours among some values, by their numbers, and the rest that all of them have. */
export interface Stretch {
  readonly first: number;
  readonly last: number;
  readonly rest: SetId;
}

/** A decision, by its number in a store of its own: a node of one of the levels, or an end. */
type Decision = number;

/** More than there can be in a store. */
const mostDecisions = 2 ** 26;

/** Below all levels: at this one stand the ends, each with its set in place of a lower branch. */
const endLevel = 0x7fff_fffe;
/** What stands in place of the upper branch of an end. */
const none = -1;

export class Splitter {
  private readonly diagrams: Diagrams;
  private readonly levels: readonly number[];
  private readonly own: ReadonlySet<number>;
  private readonly last: number;
  private readonly decisions = new Diagrams();
  private readonly known = new Map<SetId, Decision>();
  /** The last end that stands for two others, below all sets. */
  private newest = none;
  /** Remembered results of `combine`, four numbers each: level, low, high, result; later ones overwrite earlier ones. */
  private memory: Int32Array<ArrayBuffer> = new Int32Array(4 << 12);

  constructor(diagrams: Diagrams, levels: Iterable<number>) {
    this.diagrams = diagrams;
    this.own = new Set(levels);
    this.levels = [...this.own].sort((one, other) => one - other);
    this.last = this.levels.at(-1) ?? -1;
  }

  /** As many rows as there are different rests, those with the lowest values first. */
  rows(set: SetId): readonly Row[] {
    return this.rowsOf(this.decisionOf(set));
  }

  /** The same; undefined: there are more than `most`. */
  fewRows(set: SetId, most: number): readonly Row[] | undefined {
    const decision = this.decisionOf(set);
    return this.endsOf(decision).size > most ? undefined : this.rowsOf(decision);
  }

  /** Values that none of some sets tells apart: the rest of each set is the same for them. Values that are in no set are left out. Undefined: there are more than `most` classes. */
  classesOf(sets: readonly SetId[], most: number): readonly SetId[] | undefined {
    const half = (first: number, last: number): Decision => {
      if (first === last) return this.decisionOf(sets[first] ?? empty);
      const middle = (first + last) >> 1;
      return this.together(half(first, middle), half(middle + 1, last), new Map());
    };
    const all = sets.length === 0 ? this.end(empty) : half(0, sets.length - 1);
    return this.endsOf(all).size > most ? undefined : [...this.valuesByRest(all).values()];
  }

  /** What the rest of a set is for ascending values, which are texts as `Member.textOver` gives them for all levels that are split by: neighbours with the same rest together. */
  restsAt(set: SetId, texts: readonly string[]): readonly Stretch[] {
    const { decisions, levels } = this;
    const stretches: { readonly first: number; last: number; readonly rest: SetId }[] = [];
    const visit = (one: Decision, depth: number, first: number, end: number): void => {
      if (first === end) return;
      const level = decisions.levelOf(one);
      if (level === endLevel) {
        const rest = decisions.lowOf(one);
        const before = stretches.at(-1);
        if (before !== undefined && before.rest === rest) before.last = end - 1;
        else stretches.push({ first, last: end - 1, rest });
        return;
      }
      const middle = firstWithOne(texts, depth, first, end);
      const here = levels[depth] === level;
      visit(here ? decisions.lowOf(one) : one, depth + 1, first, middle);
      visit(here ? decisions.highOf(one) : one, depth + 1, middle, end);
    };
    visit(this.decisionOf(set), 0, 0, texts.length);
    return stretches;
  }

  /** Tells apart what either does: an end for two different ends is one that nothing else ends in. `pairs`: what was met before. */
  private together(left: Decision, right: Decision, pairs: Map<number, Decision>): Decision {
    if (left === right) return left;
    const key = left * mostDecisions + right;
    let result = pairs.get(key);
    if (result !== undefined) return result;
    const { decisions } = this;
    const [leftLevel, rightLevel] = [decisions.levelOf(left), decisions.levelOf(right)];
    const level = Math.min(leftLevel, rightLevel);
    if (level === endLevel) result = decisions.node(endLevel, --this.newest, none);
    else
      result = decisions.node(
        level,
        this.together(
          leftLevel === level ? decisions.lowOf(left) : left,
          rightLevel === level ? decisions.lowOf(right) : right,
          pairs,
        ),
        this.together(
          leftLevel === level ? decisions.highOf(left) : left,
          rightLevel === level ? decisions.highOf(right) : right,
          pairs,
        ),
      );
    pairs.set(key, result);
    return result;
  }

  private rowsOf(decision: Decision): readonly Row[] {
    return [...this.valuesByRest(decision)]
      .map(([rest, values]) => ({ rest, values, lowest: new Member(this.diagrams, values).textOver(this.levels) }))
      .sort((one, other) => (one.lowest < other.lowest ? -1 : 1))
      .map(({ rest, values }) => ({ values, rest }));
  }

  private decisionOf(set: SetId): Decision {
    const { diagrams } = this;
    const level = diagrams.levelOf(set);
    if (level > this.last) return this.end(set);
    let decision = this.known.get(set);
    if (decision === undefined) {
      const low = this.decisionOf(diagrams.lowOf(set));
      const high = this.decisionOf(diagrams.highOf(set));
      decision = this.own.has(level) ? this.decisions.node(level, low, high) : this.combine(level, low, high);
      this.known.set(set, decision);
    }
    return decision;
  }

  private end(set: SetId): Decision {
    return this.decisions.node(endLevel, set, none);
  }

  /** Decides as both do; a level that is not split by, above all that they end in, tells apart what they end in. */
  private combine(level: number, low: Decision, high: Decision): Decision {
    if (low === high) return low;
    const place = this.placeOf(level, low, high);
    const { memory, decisions } = this;
    if (memory[place] === level && memory[place + 1] === low && memory[place + 2] === high)
      return memory[place + 3] as number;
    const [lowLevel, highLevel] = [decisions.levelOf(low), decisions.levelOf(high)];
    const top = lowLevel < highLevel ? lowLevel : highLevel;
    const result =
      top === endLevel
        ? this.end(this.diagrams.node(level, decisions.lowOf(low), decisions.lowOf(high)))
        : decisions.node(
            top,
            this.combine(
              level,
              lowLevel === top ? decisions.lowOf(low) : low,
              highLevel === top ? decisions.lowOf(high) : high,
            ),
            this.combine(
              level,
              lowLevel === top ? decisions.highOf(low) : low,
              highLevel === top ? decisions.highOf(high) : high,
            ),
          );
    this.remember(level, low, high, result);
    return result;
  }

  private placeOf(level: number, low: Decision, high: Decision): number {
    let value = Math.imul(level + 1, 0x9e3779b1) ^ Math.imul(low, 0x85ebca6b) ^ Math.imul(high, 0xc2b2ae35);
    value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
    return ((value ^ (value >>> 13)) & ((this.memory.length >> 2) - 1)) << 2;
  }

  private remember(level: number, low: Decision, high: Decision, result: Decision): void {
    if (this.decisions.size > this.memory.length >> 2 && this.memory.length < mostRemembered)
      this.memory = new Int32Array(this.memory.length * 4);
    const place = this.placeOf(level, low, high);
    const { memory } = this;
    memory[place] = level;
    memory[place + 1] = low;
    memory[place + 2] = high;
    memory[place + 3] = result;
  }

  /** What a decision ends in, beside nothing at all. */
  private endsOf(decision: Decision): ReadonlySet<SetId> {
    const { decisions } = this;
    const found = new Set<SetId>();
    const seen = new Set<Decision>();
    const visit = (one: Decision): void => {
      if (seen.has(one)) return;
      seen.add(one);
      const low = decisions.lowOf(one);
      if (decisions.levelOf(one) !== endLevel) {
        visit(low);
        visit(decisions.highOf(one));
      } else if (low !== empty) found.add(low);
    };
    visit(decision);
    return found;
  }

  private valuesByRest(decision: Decision): ReadonlyMap<SetId, SetId> {
    const { diagrams, decisions } = this;
    const known = new Map<Decision, ReadonlyMap<SetId, SetId>>();
    const visit = (one: Decision): ReadonlyMap<SetId, SetId> => {
      const before = known.get(one);
      if (before !== undefined) return before;
      const level = decisions.levelOf(one);
      const low = decisions.lowOf(one);
      const values = new Map<SetId, SetId>();
      if (level === endLevel) {
        if (low !== empty) values.set(low, everything);
      } else {
        const [below, above] = [visit(low), visit(decisions.highOf(one))];
        for (const [rest, set] of below) values.set(rest, diagrams.node(level, set, above.get(rest) ?? empty));
        for (const [rest, set] of above) if (!below.has(rest)) values.set(rest, diagrams.node(level, empty, set));
      }
      known.set(one, values);
      return values;
    };
    return visit(decision);
  }
}

/** Results that fit into a processor's cache. */
const mostRemembered = 4 << 18;
