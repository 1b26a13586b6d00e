/** The lines of a listing: tables, chains, and the commands that iptables-restore takes between them. */
import {
  undeclaredIptablesChain,
  unfinishedIptablesTable,
  unknownIptablesTable,
  unreadableRulesLine,
} from '../../diagnostics/catalogue/iptables.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Rule, Ruleset } from '../../ruleset/ruleset.ts';
import type { SourceFile } from '../../source/span.ts';
import { TableBuilder } from './table-builder.ts';
import type { IptablesEngine } from './tables.ts';
import type { IptablesFamily } from './text/module.ts';
import { Notes } from './text/notes.ts';
import { type Token, tokenize } from './text/tokens.ts';

/** Reads the words of a rule behind its chain's name. */
export type RuleReader = (
  tokens: readonly Token[],
  isChain: (name: string) => boolean,
  notes: Notes,
) => readonly Rule[];

export function readListing(
  file: SourceFile,
  family: IptablesFamily,
  engine: IptablesEngine,
  readRule: RuleReader,
): { ruleset: Ruleset; diagnostics: readonly Diagnostic[] } {
  const reader = new ListingReader(file, family, engine, readRule);
  return reader.read();
}

class ListingReader {
  readonly #file: SourceFile;
  readonly #family: IptablesFamily;
  readonly #engine: IptablesEngine;
  readonly #readRule: RuleReader;
  readonly #notes: Notes;
  readonly #tables = new Map<string, TableBuilder>();
  #table: TableBuilder | undefined;

  constructor(file: SourceFile, family: IptablesFamily, engine: IptablesEngine, readRule: RuleReader) {
    this.#file = file;
    this.#family = family;
    this.#engine = engine;
    this.#readRule = readRule;
    this.#notes = new Notes(file);
  }

  read(): { ruleset: Ruleset; diagnostics: readonly Diagnostic[] } {
    this.#eachLine((line) => this.#declare(line));
    this.#table = undefined;
    this.#eachLine((line) => this.#readLine(line));
    // ebtables has no COMMIT.
    const open = this.#openedTable();
    if (open !== undefined && this.#family !== 'bridge')
      this.#notes.add(unfinishedIptablesTable, `the table ${open.name} does not end with COMMIT`);
    const tables = [...this.#tables.values()].map((table) => table.build());
    return { ruleset: { tables }, diagnostics: this.#notes.diagnostics };
  }

  #openedTable(): TableBuilder | undefined {
    return this.#table;
  }

  #eachLine(visit: (line: string) => void): void {
    const { text } = this.#file;
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf('\n', start);
      const next = newline === -1 ? text.length : newline;
      const end = next > start && text.charCodeAt(next - 1) === 13 ? next - 1 : next;
      if (end > start) {
        this.#notes.atLine(start, end);
        visit(text.slice(start, end));
      }
      start = next + 1;
    }
  }

  /** First pass: which chains there are, since rules may jump to chains that are declared behind them. */
  #declare(line: string): void {
    const first = line.charAt(0);
    if (first === '*') this.#openTable(line);
    else if (first === ':') this.#table?.knowChain(line.slice(1).trimStart().split(/\s/, 1)[0] ?? '');
    else if (line.startsWith('-N ') || line.startsWith('--new-chain ')) {
      const name = tokenize(line)[1]?.text;
      if (name !== undefined) this.#table?.knowChain(name);
    }
  }

  #openTable(line: string): TableBuilder {
    const name = line.slice(1).trim();
    const known = this.#tables.get(name);
    this.#table = known ?? new TableBuilder(this.#family, this.#engine, name);
    this.#tables.set(name, this.#table);
    return this.#table;
  }

  #readLine(line: string): void {
    const first = line.charAt(0);
    if (first === '#' || line.trim() === '') return;
    if (first === '*') {
      const table = this.#openTable(line);
      if (!table.known) this.#notes.add(unknownIptablesTable, `there is no table "${table.name}"`);
    } else if (line.trim() === 'COMMIT') this.#table = undefined;
    else if (this.#table === undefined) this.#unreadable('this stands outside of any table');
    else if (first === ':') this.#readChain(this.#table, line);
    else this.#readCommand(this.#table, line);
  }

  #unreadable(message: string): void {
    this.#notes.add(unreadableRulesLine, message, 'Give the output of the save command as it is.');
  }

  #readChain(table: TableBuilder, line: string): void {
    const [name, policy] = tokenize(line.slice(1)).map((token) => token.text);
    if (name === undefined) this.#unreadable('a chain needs a name');
    else if (!table.declare(name, policy)) this.#unreadable(`"${policy}" is not a policy`);
  }

  #readCommand(table: TableBuilder, line: string): void {
    const tokens = tokenize(line);
    const counters = /^\[(\d{1,15}):(\d{1,15})\]$/.exec(tokens[0]?.text ?? '');
    const at = counters === null ? 0 : 1;
    const command = tokens[at]?.text ?? '';
    const chain = tokens[at + 1]?.text;
    if ((command === '-A' || command === '--append') && chain !== undefined)
      table.add(chain, this.#rules(table, chain, tokens, at + 2, counters));
    else if ((command === '-I' || command === '--insert') && chain !== undefined && isFirstPlace(tokens[at + 2]))
      table.insert(chain, this.#rules(table, chain, tokens, tokens[at + 2]?.text === '1' ? at + 3 : at + 2, counters));
    else if (!this.#readChainCommand(table, command, tokens, at))
      this.#unreadable(`"${command}" is not understood here`);
  }

  #rules(
    table: TableBuilder,
    chain: string,
    tokens: readonly Token[],
    start: number,
    counters: RegExpExecArray | null,
  ): readonly Rule[] {
    if (!table.knows(chain))
      this.#notes.add(undeclaredIptablesChain, `there is no chain ${chain} in table ${table.name}`);
    const words = counters === null ? tokens.slice(start) : [...counterWords(counters), ...tokens.slice(start)];
    return this.#readRule(words, (name) => table.knowsUserChain(name), this.#notes);
  }

  /** `-N`, `-P`, `-F`, `-X`, `-Z` and `-D CHAIN NUMBER`. False for anything else. */
  #readChainCommand(table: TableBuilder, command: string, tokens: readonly Token[], at: number): boolean {
    const name = tokens[at + 1]?.text;
    const third = tokens[at + 2]?.text;
    switch (command) {
      case '-N':
      case '--new-chain':
        return name !== undefined && table.declare(name, '-');
      case '-P':
      case '--policy':
        return name !== undefined && table.declare(name, third);
      case '-F':
      case '--flush':
        table.flush(name);
        return true;
      case '-X':
      case '--delete-chain':
        table.remove(name);
        return true;
      case '-Z':
      case '--zero':
        return true;
      default:
        return false;
    }
  }
}

/** `[PACKETS:BYTES]` before a rule, as the option that says the same. */
function counterWords(counters: RegExpExecArray): readonly Token[] {
  return ['-c', counters[1] ?? '0', counters[2] ?? '0'].map((text) => ({ text, quoted: false }));
}

/** `-I CHAIN` inserts at the first place unless another is given, which is not supported. */
function isFirstPlace(place: Token | undefined): boolean {
  return place === undefined || place.text === '1' || !/^\d+$/.test(place.text);
}
