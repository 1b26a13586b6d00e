/** The chains of a table by their names, and which of them do the same to packets: many differ only in what they log. */
import type { Chain, Rule, Table } from '../../ruleset/ruleset.ts';
import type { RejectStatement, Statement, Verdict } from '../../ruleset/statement.ts';

export class TableChains {
  private readonly chains: ReadonlyMap<string, Chain>;
  private readonly deeds = new Map<string, string>();
  private readonly stretchesOfChains = new Map<Chain, readonly Stretch[]>();

  constructor(table: Table) {
    this.chains = new Map(table.chains.map((chain) => [chain.name, chain]));
  }

  named(name: string): Chain | undefined {
    return this.chains.get(name);
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
    let deed = '';
    for (const [index, rule] of rules.entries()) {
      const verdict = plainVerdict(rule);
      const own = verdict === undefined ? '' : this.deed(verdict);
      const last = stretches.at(-1);
      if (verdict !== undefined && own === deed && endsRule(verdict) && last !== undefined)
        stretches[stretches.length - 1] = { ...last, end: index + 1 };
      else stretches.push({ first: index, end: index + 1, verdict });
      deed = own;
    }
    return stretches;
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
