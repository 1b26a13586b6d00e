/** The chains of a table by their names, and which of them do the same to packets: many differ only in what they log. */
import type { Expression } from '../../../ruleset/expression.ts';
import type { Chain, Rule, Table } from '../../../ruleset/ruleset.ts';
import type { RejectStatement, Statement, Verdict } from '../../../ruleset/statement.ts';
import { Compared } from './compared.ts';
import { type SearchShape, searchShape } from './search-shape.ts';

export class TableChains {
  private readonly chains: ReadonlyMap<string, Chain>;
  private readonly deeds = new Map<string, string>();
  private readonly stretchesOfChains = new Map<Chain, readonly Stretch[]>();
  private readonly shapes = new Map<Chain, SearchShape | undefined>();

  constructor(table: Table) {
    this.chains = new Map(table.chains.map((chain) => [chain.name, chain]));
  }

  named(name: string): Chain | undefined {
    return this.chains.get(name);
  }

  /** How a chain looks for something; undefined for chains that do more. */
  searchShape(chain: Chain): SearchShape | undefined {
    if (this.shapes.has(chain)) return this.shapes.get(chain);
    this.shapes.set(chain, undefined); // for chains that lead back to themselves
    const shape = searchShape(chain, (name) => {
      const target = this.named(name);
      return target && this.searchShape(target);
    });
    this.shapes.set(chain, shape);
    return shape;
  }

  /** The rules of a chain in stretches. */
  stretches(chain: Chain): readonly Stretch[] {
    let stretches = this.stretchesOfChains.get(chain);
    if (stretches === undefined) {
      stretches = this.stretchesOf(chain);
      this.stretchesOfChains.set(chain, stretches);
    }
    return stretches;
  }

  private stretchesOf({ rules }: Chain): readonly Stretch[] {
    const stretches: Stretch[] = [];
    let first = 0;
    for (const [index, rule] of rules.entries()) {
      const next = rules[index + 1];
      if (next !== undefined && this.goTogether(rule, next)) continue;
      stretches.push(stretchOf(rules.slice(first, index + 1), first));
      first = index + 1;
    }
    return stretches;
  }

  private goTogether(rule: Rule, next: Rule): boolean {
    const [verdict, other] = [plainVerdict(rule), plainVerdict(next)];
    if (verdict === undefined || other === undefined || !endsRule(verdict)) return false;
    return this.deed(verdict) === this.deed(other);
  }

  /** The same text for verdicts that do the same to packets, wherever they send them. */
  deed(verdict: Verdict): string {
    if (!('chain' in verdict)) return verdict.kind;
    let deed = this.deeds.get(verdict.chain);
    if (deed === undefined) {
      const chain = this.named(verdict.chain);
      deed = (chain && deedOfChain(chain)) ?? verdict.chain;
      this.deeds.set(verdict.chain, deed);
    }
    return `${verdict.kind} ${deed}`;
  }
}

/**
 * Neighbouring rules, from `first` up to before `end`, that compare and do the same with what fits: whether a packet fits one or
 * the other makes no difference. A rule that does more has no `verdict`, and stands alone.
 */
export interface Stretch {
  readonly first: number;
  readonly end: number;
  readonly verdict: Verdict | undefined;
  /** What its rules look at, each once. */
  readonly compared: readonly Expression[];
}

function stretchOf(rules: readonly Rule[], first: number): Stretch {
  const [leader] = rules;
  const verdict = leader && plainVerdict(leader);
  const compared = new Compared();
  if (verdict !== undefined)
    for (const { statements } of rules)
      compared.addMatches(statements.filter((statement) => statement.kind === 'match'));
  return { first, end: first + rules.length, verdict, compared: compared.expressions };
}

/** The verdict of a rule that does nothing but compare and decide. */
function plainVerdict({ statements }: Rule): Verdict | undefined {
  const last = statements.findLast(({ kind }) => kind !== 'counter' && kind !== 'log');
  if (last?.kind !== 'verdict' || last.verdict.kind === 'continue') return undefined;
  const before = statements.slice(0, statements.indexOf(last));
  return before.every(({ kind }) => kind === 'match' || kind === 'counter' || kind === 'log')
    ? last.verdict
    : undefined;
}

/** What comes back from a jump goes on with the next rule. */
function endsRule({ kind }: Verdict): boolean {
  return kind !== 'jump';
}

/** What a chain does, where it treats all packets alike and asks nothing; undefined for all others. No chain has a name with a line break. */
function deedOfChain({ rules }: Chain): string | undefined {
  const deeds: string[] = [];
  for (const rule of rules) {
    const deed = deedOfRule(rule);
    if (deed === undefined) return undefined;
    deeds.push(deed);
  }
  return `\n${deeds.join('\n')}`;
}

function deedOfRule({ statements }: Rule): string | undefined {
  if (statements.every(changesNothing)) return '';
  const deeds: string[] = [];
  for (const statement of statements) {
    switch (statement.kind) {
      case 'counter':
      case 'log':
        break;
      case 'reject':
        deeds.push(`reject ${rejectKind(statement)}`);
        break;
      case 'verdict':
        if ('chain' in statement.verdict) return undefined;
        deeds.push(statement.verdict.kind);
        break;
      default:
        return undefined;
    }
  }
  return deeds.join(', ');
}

/** Statements that do nothing to a packet unless something stands behind them. */
export function changesNothing(statement: Statement): boolean {
  if (statement.kind === 'unknown') return statement.effect !== 'effect';
  return ['match', 'limit', 'counter', 'log', 'set-update'].includes(statement.kind);
}

/** How the sender learns of it: `tcp-reset`, or the ICMP code's name; an ICMPv6 code of the same name is the same. */
export function rejectKind({ with: kind, code }: RejectStatement): string {
  return kind === 'tcp-reset' ? 'tcp-reset' : (code ?? 'port-unreachable');
}
