/** What a match or target extension of iptables is: its options, and how they read as statements. */
import type { Statement } from '../../../ruleset/statement.ts';

export type IptablesFamily = 'ip' | 'ip6' | 'bridge';

/** One option of a rule with its values; aliases and unambiguous prefixes are resolved. */
export interface OptionUse {
  readonly name: string;
  readonly negated: boolean;
  readonly values: readonly string[];
}

export interface ReadContext {
  readonly family: IptablesFamily;
  /** The protocol number of `-p`, unless negated or absent. */
  readonly protocol: number | undefined;
}

export interface OptionShape {
  readonly name: string;
  /** How many words follow the option. */
  readonly values: number;
}

/** Options by the names they may be written with (without the leading dashes). */
export type OptionTable = ReadonlyMap<string, OptionShape>;

/** An option table from canonical names with their number of values, and aliases. */
export function optionTable(
  values: Readonly<Record<string, number>>,
  aliases: Readonly<Record<string, string>> = {},
): OptionTable {
  const table = new Map<string, OptionShape>();
  for (const [name, count] of Object.entries(values)) table.set(name, { name, values: count });
  for (const [alias, name] of Object.entries(aliases)) table.set(alias, { name, values: values[name] ?? 0 });
  return table;
}

/** The option of a written name: exact, or the only one it is a prefix of (as getopt_long takes it). */
export function findOption(table: OptionTable, written: string): OptionShape | undefined {
  const exact = table.get(written);
  if (exact !== undefined) return exact;
  let found: OptionShape | undefined;
  for (const [name, shape] of table) {
    if (!name.startsWith(written)) continue;
    if (found !== undefined && found.name !== shape.name) return undefined;
    found = shape;
  }
  return found;
}

/** A match extension (`-m NAME`). `read` gives undefined for anything it cannot say exactly. */
export interface MatchModule {
  readonly names: readonly string[];
  readonly options: OptionTable;
  readonly read: (options: readonly OptionUse[], context: ReadContext) => readonly Statement[] | undefined;
  /** The option that says a statement (and the one behind it, when both are one option); undefined when this module cannot. */
  readonly write: (statement: Statement, next: Statement | undefined, context: ReadContext) => MatchText | undefined;
}

/** One option of a match as text. */
export interface MatchText {
  readonly module: string;
  /** The option's name, of which a module takes only one. */
  readonly option: string;
  /** The option with its values and negation. */
  readonly text: string;
  /** Its place among the options of its module, as the save command lists them. */
  readonly rank: number;
  /** How many statements it says. */
  readonly statements: number;
  /** It cannot share its module with other options. */
  readonly alone: boolean;
}

/** The usual option: one statement, next to others of its module. */
export function matchText(module: string, option: string, text: string, rank = 0): MatchText {
  return { module, option, text, rank, statements: 1, alone: false };
}

/** A target extension (`-j NAME`). `read` gives undefined for anything it cannot say exactly. */
export interface TargetModule {
  readonly names: readonly string[];
  readonly options: OptionTable;
  readonly read: (
    options: readonly OptionUse[],
    context: ReadContext,
    name: string,
  ) => readonly Statement[] | undefined;
  /** The target with its options; undefined when it is not the one that says the statement. */
  readonly write: (statement: Statement, context: ReadContext) => string | undefined;
}

/** Reads every option with its own function and joins the statements; undefined as soon as one cannot be said, or is repeated. */
export function readEach<Read extends Statement>(
  options: readonly OptionUse[],
  readers: Readonly<Record<string, (option: OptionUse, context: ReadContext) => readonly Read[] | undefined>>,
  context: ReadContext,
): readonly Read[] | undefined {
  const statements: Read[] = [];
  for (const [index, option] of options.entries()) {
    for (let before = 0; before < index; before++) if (options[before]?.name === option.name) return undefined;
    const read = readers[option.name]?.(option, context);
    if (read === undefined) return undefined;
    statements.push(...read);
  }
  return statements;
}
