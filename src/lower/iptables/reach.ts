/** What the chains of a ruleset may do to a packet, chains behind them included. */
import type { Chain } from '../../ruleset/ruleset.ts';
import type { NamedMap } from '../../ruleset/set.ts';
import type { Statement } from '../../ruleset/statement.ts';
import { verdictsOf } from './depth.ts';

export class Reach {
  readonly #chains: ReadonlyMap<string, Chain>;
  readonly #maps: ReadonlyMap<string, NamedMap>;
  readonly #ends = new Map<string, boolean>();
  readonly #raises = new Map<string, boolean>();
  /** iptables rejects only in its filter table; elsewhere the flag tells that table to. */
  readonly defersRejects: boolean;

  constructor(chains: ReadonlyMap<string, Chain>, table: string, maps: ReadonlyMap<string, NamedMap>) {
    this.#maps = maps;
    this.#chains = chains;
    this.defersRejects =
      table !== 'filter' &&
      [...chains.values()].some((chain) =>
        chain.rules.some((rule) => rule.statements.some(({ kind }) => kind === 'reject')),
      );
  }

  /** Whether every packet that enters the chain is dropped, rejected, translated or raises the flag: none comes back undecided. */
  ends(name: string): boolean {
    return this.#memo(this.#ends, name, (chain) => {
      const last = chain.rules.at(-1)?.statements.filter(({ kind }) => kind !== 'counter') ?? [];
      const final = last.at(-1);
      const always = final !== undefined && last.every((statement) => statement === final || isEffect(statement));
      const returns = chain.rules.some((rule) =>
        rule.statements.some(
          (statement) =>
            statement.kind === 'verdict' &&
            (statement.verdict.kind === 'return' ||
              (statement.verdict.kind === 'goto' && !this.ends(statement.verdict.chain))),
        ),
      );
      return always && !returns && this.#isEnd(final);
    });
  }

  #isEnd(statement: Statement): boolean {
    if (statement.kind === 'reject' || statement.kind === 'nat') return true;
    if (statement.kind !== 'verdict') return false;
    const { verdict } = statement;
    return (
      verdict.kind === 'drop' || verdict.kind === 'accept' || (verdict.kind === 'goto' && this.ends(verdict.chain))
    );
  }

  /** Whether a packet may come back from the chain with the flag raised. */
  raises(name: string): boolean {
    return this.#memo(this.#raises, name, (chain) =>
      chain.rules.some((rule) =>
        rule.statements.some((statement) => {
          if (statement.kind === 'reject') return this.defersRejects;
          return verdictsOf(statement, this.#maps).some(
            (verdict) => verdict.kind === 'accept' || ('chain' in verdict && this.raises(verdict.chain)),
          );
        }),
      ),
    );
  }

  #memo(memory: Map<string, boolean>, name: string, decide: (chain: Chain) => boolean): boolean {
    const known = memory.get(name);
    if (known !== undefined) return known;
    const chain = this.#chains.get(name);
    const decided = chain !== undefined && decide(chain);
    memory.set(name, decided);
    return decided;
  }
}

const isEffect = (statement: Statement): boolean =>
  statement.kind === 'assign' || statement.kind === 'log' || statement.kind === 'counter';
