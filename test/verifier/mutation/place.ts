/**
 * Places in rules, and who was there. Rules are run one after the other: as long as nobody looks at what a mutation has
 * changed, everything goes as it went, so that a packet on whose way (answer and next packet included) the place does not
 * lie fares with the mutant as with the rules. Only the others have to be compared.
 */
import type { Chain, Rule, Ruleset, Table } from '../../../src/ruleset/ruleset.ts';
import type { Statement } from '../../../src/ruleset/statement.ts';
import type { RulePlace, TraceStep } from '../../../src/simulator/trace/trace.ts';

/** Names of places, one of which is on the way of every packet that may fare otherwise; or no way is the same any more. */
export type Place = typeof everywhere | readonly string[];
export const everywhere = 'everywhere';

type ChainPlace = Pick<RulePlace, 'family' | 'table' | 'chain'>;
const nameOf = ({ family, table, chain }: ChainPlace): string => `${family} ${table} ${chain}`;

/** How a statement that is evaluated comes out: `failed` is a match that does not hold. */
export type Outcome = 'any' | 'held' | 'failed';

/** The places of a chain. */
export function placesIn({ family, name: table }: Table, { name: chain }: Chain) {
  const own = nameOf({ family, table, chain });
  return {
    /** Its policy, or its end. */
    end: `${own} end`,
    /** A statement is evaluated, and comes out so; rules and statements count from 0. */
    statement: (rule: number, statement: number, outcome: Outcome = 'any'): string =>
      statementName(own, rule, statement, outcome),
    /** A rule does something: it matches, or fails after a statement that is no match. */
    effect: (rule: number): string => `${own} ${rule} effect`,
  };
}

const statementName = (chain: string, rule: number, statement: number, outcome: Outcome): string =>
  `${chain} ${rule} ${statement} ${outcome}`;

/** The statements that name a set or map; what is asked for is changed for its values alone, or for other ones, or for any. */
export function statementsNaming(table: Table, name: string): (change: Change) => readonly string[] {
  const naming = table.chains.flatMap((chain) => {
    const places = placesIn(table, chain);
    return chain.rules.flatMap(({ statements }, rule) =>
      statements.flatMap((statement, index) => {
        if (!mentions(statement, name)) return [];
        const asks = statement.kind === 'match' && !mentions(statement.left, name);
        return [(change: Change) => places.statement(rule, index, asks ? outcomeOf(statement, change) : 'any')];
      }),
    );
  });
  return (change) => naming.map((place) => place(change));
}

/** What a match asks for becomes less, or more, or another one. */
export type Change = 'less' | 'more' | 'other';

/** How a statement comes out for those whom a change of what it asks for concerns. */
export function outcomeOf(statement: Statement, change: Change): Outcome {
  if (statement.kind !== 'match' || change === 'other') return 'any';
  if (statement.operator === '==') return change === 'less' ? 'held' : 'failed';
  if (statement.operator === '!=') return change === 'less' ? 'failed' : 'held';
  return 'any';
}

function mentions(within: unknown, name: string): boolean {
  if (typeof within !== 'object' || within === null) return false;
  if ('kind' in within && within.kind === 'named' && 'name' in within && within.name === name) return true;
  if ('kind' in within && within.kind === 'set-update' && 'set' in within && within.set === name) return true;
  return Object.values(within).some((value) => mentions(value, name));
}

/** The places that packets pass in these rules, told from traces; each has a number. */
export class Visits {
  private readonly numbers = new Map<string, number>();
  private readonly rules = new Map<string, readonly Rule[]>();
  /** By the place that the trace of one simulation gives, and the statement that failed. */
  private readonly known = new Map<RulePlace, Map<number | undefined, readonly number[]>>();

  constructor(rulesets: readonly Ruleset[]) {
    for (const { family, name: table, chains } of rulesets.flatMap(({ tables }) => tables))
      for (const { name: chain, rules } of chains) {
        const key = nameOf({ family, table, chain });
        if (this.rules.has(key)) throw new RangeError(`${key} is loaded twice: its rules have other numbers then`);
        this.rules.set(key, rules);
      }
  }

  numberOf(place: string): number {
    const number = this.numbers.get(place) ?? this.numbers.size;
    this.numbers.set(place, number);
    return number;
  }

  /** Adds the places of a way to those that were visited. */
  note(trace: readonly TraceStep[], visited: Set<number>): void {
    for (const step of trace) {
      if (step.kind !== 'rule' && step.kind !== 'chain-end') continue;
      const failedAt = step.kind === 'rule' ? step.failedAt : undefined;
      const ends = this.known.get(step.place) ?? new Map<number | undefined, readonly number[]>();
      this.known.set(step.place, ends);
      const numbers = ends.get(failedAt) ?? this.numbersAt(step.place, failedAt);
      ends.set(failedAt, numbers);
      for (const number of numbers) visited.add(number);
    }
  }

  private numbersAt(place: RulePlace, failedAt: number | undefined): readonly number[] {
    const own = nameOf(place);
    const { index } = place;
    if (index === undefined) return [this.numberOf(`${own} end`)];
    const statements: readonly Statement[] = this.rules.get(own)?.[index]?.statements ?? [];
    const last = failedAt ?? statements.length - 1;
    const evaluated = Array.from({ length: last + 1 }, (_, number) => number).flatMap((number) => [
      statementName(own, index, number, 'any'),
      statementName(own, index, number, number === failedAt ? 'failed' : 'held'),
    ]);
    const passive = failedAt !== undefined && statements.slice(0, failedAt).every(({ kind }) => kind === 'match');
    return [...evaluated, ...(passive ? [] : [`${own} ${index} effect`])].map((name) => this.numberOf(name));
  }
}
