/** The chains of one iptables table: those of the ruleset, and the trees that stand for its sets and maps. */
import type { Chain, Rule } from '../../ruleset/ruleset.ts';
import type { MatchStatement, Statement, Verdict } from '../../ruleset/statement.ts';
import { ChainNames } from './chain-names.ts';
import { dispatch, type Known, knownOf, protocolField, withHeader } from './dispatch.ts';
import { type Comparison, type Entry, intersection, matchOf, textOf, valueKey } from './element.ts';
import type { TargetFamily } from './family.ts';
import type { Flag } from './flag.ts';
import { headersOf, impliedTests } from './implied.ts';
import { isCut, withShortPrefix } from './log-prefix.ts';
import { type Collections, type Lookup, partsOf, type RuleParts } from './parts.ts';
import { Reach } from './reach.ts';

/** `top`: returning from this chain leaves all our chains. `inner`: it returns to a chain of ours. */
type Mode = 'top' | 'inner';

/** Lookups of at most so many entries become a rule each where they stand. */
const inlineSize = 4;

/** Where something comes from. */
interface About {
  readonly origins: Rule['origins'];
  readonly comment?: string | undefined;
}

type Test = RuleParts['plain'][number];

export class TableBuilder {
  readonly #family: TargetFamily;
  readonly #source: ReadonlyMap<string, Chain>;
  readonly #collections: Collections;
  readonly #flag: Flag;
  readonly #fanout: number;
  readonly #reach: Reach;
  readonly #names = new ChainNames();
  readonly #done = new Map<string, string>();
  readonly #chains = new Map<string, readonly Rule[]>();

  constructor(options: {
    readonly family: TargetFamily;
    readonly table: string;
    /** The ruleset's chains, as far as they concern the family. */
    readonly source: ReadonlyMap<string, Chain>;
    readonly collections: Collections;
    readonly flag: Flag;
    readonly fanout: number;
  }) {
    this.#family = options.family;
    this.#source = options.source;
    this.#collections = options.collections;
    this.#flag = options.flag;
    this.#fanout = options.fanout;
    this.#reach = new Reach(options.source, options.table, options.collections.maps);
  }

  get chains(): readonly Chain[] {
    return [...this.#chains].map(([name, rules]) => ({ name, base: undefined, rules }));
  }

  /** A chain of ours that is no copy of one of the ruleset's. */
  add(wish: string, rules: readonly Rule[]): string {
    const name = this.#names.free(wish);
    this.#chains.set(name, rules);
    return name;
  }

  /** Puts rules before those of a chain. */
  prepend(name: string, rules: readonly Rule[]): void {
    this.#chains.set(name, [...rules, ...(this.#chains.get(name) ?? [])]);
  }

  /** The chain of the ruleset, compiled once for each way of leaving it. */
  chain(name: string, wanted: Mode): string {
    const mode = this.#reach.raises(name) ? wanted : 'inner';
    const key = `${mode} ${name}`;
    const known = this.#done.get(key);
    if (known !== undefined) return known;
    const source = this.#source.get(name);
    if (source === undefined) throw new Error(`no chain ${name}`);
    const own = this.#names.free(name);
    this.#done.set(key, own);
    // The place of a chain in the file is before those that it leads to.
    this.#chains.set(own, []);
    this.#chains.set(own, this.#rules(source, mode, own));
    return own;
  }

  /** Makes a chain that is there already the ruleset's base chain. */
  fill(own: string, name: string): void {
    const source = this.#source.get(name);
    if (source === undefined) throw new Error(`no chain ${name}`);
    this.#chains.set(own, this.#rules(source, 'top', own));
  }

  #rules(source: Chain, mode: Mode, own: string): readonly Rule[] {
    return source.rules.flatMap((rule) => this.#rule(rule, mode, own));
  }

  #rule(rule: Rule, mode: Mode, chain: string): readonly Rule[] {
    const parts = partsOf(rule, this.#collections);
    if (parts.action !== undefined && parts.action.length === 0) return [];
    return this.#isInline(parts) ? this.#inline(parts, mode, chain) : this.#lookedUp(parts, mode, chain);
  }

  #isInline({ lookups }: RuleParts): boolean {
    const size = lookups.reduce((product, { entries }) => product * entries.length, 1);
    return size <= inlineSize && lookups.every(({ negated }) => !negated);
  }

  /** One rule for each combination of entries. */
  #inline(parts: RuleParts, mode: Mode, chain: string): readonly Rule[] {
    let combinations: readonly Entry[] = [
      { comparisons: [], action: parts.action ?? [], origins: parts.origins, ...commentOf(parts) },
    ];
    for (const { entries } of parts.lookups)
      combinations = combinations.flatMap((left) => entries.map((right) => joined(left, right)));
    return combinations.flatMap((entry) => {
      const comparisons = withoutRepeats(entry.comparisons);
      if (comparisons === undefined) return [];
      return this.#does([...parts.plain, ...comparisons.map(matchOf)], entry, mode, chain);
    });
  }

  /** A chain of its own that looks the packet up: what it finds acts there where that is possible, else it raises the flag. */
  #lookedUp(parts: RuleParts, mode: Mode, chain: string): readonly Rule[] {
    if (parts.plain.some(({ kind }) => kind === 'limit')) throw new Error('a limit in front of a lookup');
    const plain = [...this.#implied(parts), ...parts.plain];
    const known = knownOf(plain);
    const positive = parts.lookups.filter(({ negated }) => !negated);
    const last = positive.at(-1);
    const common = parts.action;
    const here = (common ?? last?.entries[0]?.action ?? []).length > 0 && this.#actsAnywhere(parts);
    const body: Rule[] = [];
    for (const lookup of parts.lookups) {
      if (lookup === last) continue;
      body.push(...(lookup.negated ? this.#without(lookup, known, chain) : this.#only(lookup, known, chain)));
    }
    const found = (entry: Entry): Entry => {
      const action = here ? (common ?? entry.action) : [this.#flag.set];
      return {
        ...entry,
        action,
        origins: [...parts.origins, ...entry.origins],
        ...commentOf(entry.comment === undefined ? parts : entry),
      };
    };
    if (last === undefined) {
      const entry = found({ comparisons: [], action: common ?? [], origins: [], ...commentOf(parts) });
      body.push(...this.#entry([], entry, chain));
    } else body.push(...this.#tree(last.entries.map(found), known, chain));
    const root = this.add(chain, body);
    const jump = this.#jump(plain, root, parts);
    if (here)
      return this.#mayRaise(common ?? last?.entries.flatMap(({ action }) => action) ?? [])
        ? [...jump, ...this.#escape(mode)]
        : jump;
    if (common === undefined) throw new Error('the verdicts of a map do not end in place');
    return [...jump, ...this.#whenRaised(common, mode, chain, jump)];
  }

  /** What every entry of every lookup needs, so that other packets do not go into the chain. */
  #implied({ plain, lookups }: RuleParts): readonly MatchStatement[] {
    const headers = lookups.map(
      ({ entries }) => new Set(entries[0]?.comparisons.flatMap(({ field }) => headersOf(field.expression))),
    );
    const said = plain.flatMap((test) => (test.kind === 'match' ? [test.left] : [])).flatMap(headersOf);
    const shared = [...(headers[0] ?? [])].filter((header) => headers.every((other) => other.has(header)));
    return impliedTests([...said, ...shared], plain, this.#family);
  }

  /** Leaves the chain being built when the packet is in the set. */
  #without({ entries }: Lookup, known: Known, chain: string): readonly Rule[] {
    if (entries.length <= inlineSize)
      return entries.map((entry) => ({
        statements: [...headed(entry.comparisons.map(matchOf), known), verdict({ kind: 'return' })],
        origins: entry.origins,
      }));
    const raised = entries.map((entry) => ({ ...entry, action: [this.#flag.set] }));
    return [
      ...this.#jump([], this.add(chain, this.#tree(raised, known, chain))),
      ...this.#lowerAndReturn([this.#flag.isSet]),
    ];
  }

  /** Leaves the chain being built when the packet is not in the set. */
  #only({ entries }: Lookup, known: Known, chain: string): readonly Rule[] {
    const raised = entries.map((entry) => ({ ...entry, action: [this.#flag.set] }));
    return [
      ...this.#jump([], this.add(chain, this.#tree(raised, known, chain))),
      { statements: [this.#flag.isClear, verdict({ kind: 'return' })], origins: [] },
      { statements: this.#assigns(this.#flag.clear), origins: [] },
    ];
  }

  #tree(entries: readonly Entry[], known: Known, chain: string): readonly Rule[] {
    return dispatch(entries, known, {
      chain: (rules) => this.add(chain, rules),
      gotoRules: (matches, target) => this.#goto(matches, target),
      entryRules: (matches, entry) => this.#entry(matches, entry, chain),
      fanout: this.#fanout,
    });
  }

  /** An entry inside a tree, where nothing but ending, or raising the flag, is possible. */
  #entry(matches: readonly MatchStatement[], entry: Entry, chain: string): readonly Rule[] {
    const [only] = entry.action;
    if (entry.action.length === 1 && only === this.#flag.set) return this.#raise(matches, entry, true);
    return this.#does(matches, entry, 'inner', chain);
  }

  /** The flag goes up and the search is over. `last`: what follows in the chain holds for no packet that this holds for. */
  #raise(matches: readonly Test[], entry: About, last = false): readonly Rule[] {
    const about = { origins: entry.origins, ...commentOf(entry) };
    if (this.#family === 'bridge')
      return [
        { statements: [...matches, verdict({ kind: 'jump', chain: this.#hit() })], ...about },
        ...(last ? [] : [{ statements: [...matches, verdict({ kind: 'return' })], ...about }]),
      ];
    return [{ statements: [...matches, verdict({ kind: 'goto', chain: this.#hit() })], ...about }];
  }

  #hit(): string {
    return this.#once('hit', () => [
      { statements: this.#assigns(this.#flag.set), origins: [], comment: 'found: looked at where the search began' },
    ]);
  }

  #pass(): string {
    return this.#once('pass', () => [
      { statements: [this.#flag.clear], origins: [], comment: 'passes, as far as we are concerned' },
    ]);
  }

  #once(name: string, rules: () => readonly Rule[]): string {
    const known = this.#done.get(`once ${name}`);
    if (known !== undefined) return known;
    const own = this.add(name, rules());
    this.#done.set(`once ${name}`, own);
    return own;
  }

  /** Effects and the verdict of a rule or entry, at this place. */
  #does(matches: readonly Test[], entry: Entry, mode: Mode, chain: string): readonly Rule[] {
    const { action } = entry;
    const tests = headed(matches, new Map());
    const about = { origins: entry.origins, ...commentOf(entry) };
    const [first, ...others] = action;
    if (first === undefined) return [];
    if (others.length > 0 && !(this.#family === 'bridge' && first.kind === 'assign' && others.length === 1))
      return this.#several(tests, entry, mode, chain);
    if (first.kind === 'verdict') return this.#verdict(tests, first.verdict, about, mode);
    if (first.kind === 'reject' && this.#reach.defersRejects) return this.#raise(tests, about);
    if (first.kind === 'assign') {
      const [second] = others;
      if (second?.kind === 'verdict')
        return [
          {
            statements: [
              ...tests,
              first,
              verdict(second.verdict.kind === 'accept' ? { kind: 'return' } : second.verdict),
            ],
            ...about,
          },
        ];
      return [{ statements: [...tests, ...this.#assigns(first)], ...about }];
    }
    const last: Statement = first.kind === 'log' ? withShortPrefix(first) : first;
    const cut = first.kind === 'log' && isCut(first) ? { ...about, comment: first.prefix?.trim() ?? '' } : about;
    return [{ statements: [...tests, last], ...cut }];
  }

  /** A rule acts once: several actions are a chain of their own. */
  #several(tests: readonly Test[], entry: Entry, mode: Mode, chain: string): readonly Rule[] {
    const ends = entry.action.at(-1)?.kind === 'verdict' || entry.action.at(-1)?.kind === 'nat';
    const rules = entry.action.flatMap((statement) =>
      this.#does([], { comparisons: [], action: [statement], origins: entry.origins }, mode, chain),
    );
    const target = this.add(chain, rules);
    if (!ends) return this.#jump(tests, target, entry);
    return this.#goto(tests, target, entry);
  }

  #verdict(tests: readonly Test[], what: Verdict, from: About, mode: Mode): readonly Rule[] {
    const about = { origins: from.origins, ...commentOf(from) };
    switch (what.kind) {
      case 'accept':
        if (mode === 'inner') return this.#raise(tests, about);
        return [{ statements: [...tests, verdict({ kind: 'return' })], ...about }];
      case 'goto':
        return this.#goto(tests, this.chain(what.chain, mode), about);
      case 'jump': {
        const jump = this.#jump(tests, this.chain(what.chain, 'inner'), about);
        return this.#reach.raises(what.chain) ? [...jump, ...this.#escape(mode)] : jump;
      }
      case 'continue':
        return [];
      case 'drop':
      case 'return':
      case 'queue':
        return [{ statements: [...tests, verdict(what)], ...about }];
    }
  }

  /** Behind a chain that may have let the packet pass. */
  #escape(mode: Mode): readonly Rule[] {
    const leaves = { statements: [this.#flag.isSet, verdict({ kind: 'return' })], origins: [] };
    // In tables that cannot reject, the raised flag itself is the message to those that can.
    if (mode === 'inner' || this.#reach.defersRejects) return [leaves];
    return this.#lowerAndReturn([this.#flag.isSet]);
  }

  #lowerAndReturn(tests: readonly MatchStatement[]): readonly Rule[] {
    if (this.#family === 'bridge')
      return [{ statements: [...tests, this.#flag.clear, verdict({ kind: 'return' })], origins: [] }];
    return [{ statements: [...tests, verdict({ kind: 'goto', chain: this.#pass() })], origins: [] }];
  }

  /** What a rule does when its lookup has raised the flag. `again` looks the packet up once more. */
  #whenRaised(action: readonly Statement[], mode: Mode, chain: string, again: readonly Rule[]): readonly Rule[] {
    const [only] = action;
    const what = action.length === 1 && only?.kind === 'verdict' ? only.verdict : undefined;
    if (what?.kind === 'accept') return this.#escape(mode);
    if (what?.kind === 'return') return this.#lowerAndReturn([this.#flag.isSet]);
    const entry: Entry = { comparisons: [], action, origins: [] };
    const target = this.add(chain, [
      { statements: this.#assigns(this.#flag.clear), origins: [] },
      ...this.#does([], entry, what?.kind === 'goto' ? mode : 'inner', chain),
    ]);
    if (what?.kind !== 'goto') {
      const raising = this.#mayRaise(action);
      return [...this.#jump([this.#flag.isSet], target), ...(raising ? this.#escape(mode) : [])];
    }
    if (this.#family !== 'bridge') return this.#goto([this.#flag.isSet], target);
    // ebtables has no goto, and the chain may have used the flag: look again whether to return.
    return [...this.#jump([this.#flag.isSet], target), ...again, ...this.#lowerAndReturn([this.#flag.isSet])];
  }

  #mayRaise(action: readonly Statement[]): boolean {
    return action.some(
      (statement) =>
        (statement.kind === 'reject' && this.#reach.defersRejects) ||
        (statement.kind === 'verdict' && 'chain' in statement.verdict && this.#reach.raises(statement.verdict.chain)),
    );
  }

  /** Whether what the rule does can be done at any depth: it ends the packet's way, or changes it and goes on. */
  #actsAnywhere({ action, lookups }: RuleParts): boolean {
    const actions = action === undefined ? (lookups.at(-1)?.entries.map((entry) => entry.action) ?? []) : [action];
    return actions.every((list) =>
      list.every((statement) => {
        if (statement.kind !== 'verdict') return true;
        if (statement.verdict.kind === 'drop') return true;
        return statement.verdict.kind === 'goto' && this.#reach.ends(statement.verdict.chain);
      }),
    );
  }

  #jump(matches: readonly Test[], chain: string, about: About = none): readonly Rule[] {
    return [
      {
        statements: [...headed(matches, new Map()), verdict({ kind: 'jump', chain })],
        origins: about.origins,
        ...commentOf(about),
      },
    ];
  }

  #goto(matches: readonly Test[], chain: string, about: About = none): readonly Rule[] {
    const rule = (what: Verdict): Rule => ({
      statements: [...matches, verdict(what)],
      origins: about.origins,
      ...commentOf(about),
    });
    if (this.#family !== 'bridge') return [rule({ kind: 'goto', chain })];
    return [rule({ kind: 'jump', chain }), rule({ kind: 'return' })];
  }

  #assigns(statement: Statement): readonly Statement[] {
    return this.#family === 'bridge' ? [statement, verdict({ kind: 'continue' })] : [statement];
  }
}

const none: About = { origins: [] };

const verdict = (what: Verdict): Statement => ({ kind: 'verdict', verdict: what });

const commentOf = ({ comment }: { readonly comment?: string | undefined }): { readonly comment?: string } =>
  comment === undefined ? {} : { comment };

function joined(left: Entry, right: Entry): Entry {
  return {
    comparisons: [...left.comparisons, ...right.comparisons],
    action: right.action.length > 0 ? right.action : left.action,
    origins: [...left.origins, ...right.origins],
    ...commentOf(left.comment === undefined ? right : left),
  };
}

/** Each field once: of two comparisons the narrower one; undefined when they contradict each other. */
function withoutRepeats(comparisons: readonly Comparison[]): readonly Comparison[] | undefined {
  const kept = new Map<string, Comparison>();
  for (const comparison of comparisons) {
    const other = kept.get(comparison.field.id);
    const both = other === undefined ? comparison.value : intersection(other.value, comparison.value);
    if (both === undefined) return undefined;
    kept.set(comparison.field.id, { ...comparison, value: both });
  }
  return [...kept.values()];
}

/** Ports as those of the protocol that the rule names. */
function headed<T extends Test>(matches: readonly T[], known: Known): readonly T[] {
  const own = matches.find(
    (match) => match.kind === 'match' && match.operator === '==' && textOf(match.left) === protocolField.id,
  );
  const protocol =
    own?.kind === 'match' && own.right.kind === 'value' ? valueKey(own.right.value) : known.get(protocolField.id);
  return matches.map((match) => (match.kind === 'match' ? (withHeader(match, protocol) as T) : match));
}
