/** How a rule leads to another chain, back from it, or raises the flag: where a family has no `goto`, or a verdict besides each change. */
import type { Rule } from '../../ruleset/ruleset.ts';
import type { MatchStatement, Statement, Verdict } from '../../ruleset/statement.ts';
import type { ChainStore } from './chain-store.ts';
import type { TargetFamily } from './family.ts';
import type { Flag } from './flag.ts';
import { headed } from './headed.ts';
import type { RuleParts } from './parts.ts';

/** Where something comes from. */
export interface About {
  readonly origins: Rule['origins'];
  readonly comment?: string | undefined;
}

export type Test = RuleParts['plain'][number];

export class Moves {
  readonly #family: TargetFamily;
  readonly #flag: Flag;
  readonly #store: ChainStore;

  constructor(family: TargetFamily, flag: Flag, store: ChainStore) {
    this.#family = family;
    this.#flag = flag;
    this.#store = store;
  }

  /** To a chain, and back behind the rule. */
  jump(matches: readonly Test[], chain: string, about: About = none): readonly Rule[] {
    return [
      {
        statements: [...headed(matches, new Map()), verdict({ kind: 'jump', chain })],
        origins: about.origins,
        ...commentOf(about),
      },
    ];
  }

  /** To a chain, for good. */
  goto(matches: readonly Test[], chain: string, about: About = none): readonly Rule[] {
    const rule = (what: Verdict): Rule => ({
      statements: [...matches, verdict(what)],
      origins: about.origins,
      ...commentOf(about),
    });
    if (this.#family !== 'bridge') return [rule({ kind: 'goto', chain })];
    return [rule({ kind: 'jump', chain }), rule({ kind: 'return' })];
  }

  /** A change that lets the packet go on: in ebtables it is a verdict too. */
  assigns(statement: Statement): readonly Statement[] {
    return this.#family === 'bridge' ? [statement, verdict({ kind: 'continue' })] : [statement];
  }

  /** The flag goes down, and the packet leaves the chain. */
  lowerAndReturn(tests: readonly MatchStatement[]): readonly Rule[] {
    if (this.#family === 'bridge')
      return [{ statements: [...tests, this.#flag.clear, verdict({ kind: 'return' })], origins: [] }];
    return [{ statements: [...tests, verdict({ kind: 'goto', chain: this.#pass() })], origins: [] }];
  }

  /** The flag goes up and the search is over. `last`: what follows in the chain holds for no packet that this holds for. */
  raise(matches: readonly Test[], entry: About, last = false): readonly Rule[] {
    const about = { origins: entry.origins, ...commentOf(entry) };
    if (this.#family === 'bridge')
      return [
        { statements: [...matches, verdict({ kind: 'jump', chain: this.#hit() })], ...about },
        ...(last ? [] : [{ statements: [...matches, verdict({ kind: 'return' })], ...about }]),
      ];
    return [{ statements: [...matches, verdict({ kind: 'goto', chain: this.#hit() })], ...about }];
  }

  #hit(): string {
    return this.#store.shared('hit', () => [
      { statements: this.assigns(this.#flag.set), origins: [], comment: 'found: looked at where the search began' },
    ]);
  }

  #pass(): string {
    return this.#store.shared('pass', () => [
      { statements: [this.#flag.clear], origins: [], comment: 'passes, as far as we are concerned' },
    ]);
  }
}

const none: About = { origins: [] };

export const verdict = (what: Verdict): Statement => ({ kind: 'verdict', verdict: what });

export const commentOf = ({ comment }: { readonly comment?: string | undefined }): { readonly comment?: string } =>
  comment === undefined ? {} : { comment };
