/** Reads nftables JSON, a listing of `nft -j list ruleset` or a document of commands, into a ruleset: the inverse of emit-json. */
import { malformedObject, notJson, notNftables, unsupportedCommand } from '../../diagnostics/catalogue/reading.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { CatalogueEntry } from '../../diagnostics/entry.ts';
import { report } from '../../diagnostics/report.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { SourceFile } from '../../source/span.ts';
import { isJsonArray, isJsonObject, type Json } from './json.ts';
import { failureOffset } from './json-failure.ts';
import { elementOffsets } from './json-places.ts';
import type { KeptReading } from './kept-reading.ts';
import { LoadedRuleset, type Problem } from './loaded-ruleset.ts';
import { normalize } from './normalize.ts';
import { parseTable } from './parse-json-table.ts';
import { onlyEntry } from './parse-json-value.ts';

export interface ParsedRuleset {
  readonly ruleset: Ruleset;
  readonly diagnostics: readonly Diagnostic[];
}

/** Diagnostics of one document are cut here: a thousand more of the same would not help. */
const maximumDiagnostics = 100;

/**
 * The ruleset of a document, in canonical form (see normalize). Commands are taken as if loaded into an empty host. Never
 * throws: what is not understood becomes an `unknown` statement, and what cannot be placed at all becomes a diagnostic.
 * `name` is what diagnostics call the document; `kept` remembers the sets and maps of the last one for the next.
 */
export function parseNftJson(text: string, name: string, kept?: KeptReading): ParsedRuleset {
  const file: SourceFile = { name, text };
  const reader = new Reporter(file);
  const commands = readDocument(file, reader);
  const loaded = new LoadedRuleset();
  for (const [index, command] of commands.entries()) {
    const problem = apply(loaded, command, index);
    if (problem !== undefined) reader.report(problem.entry, index, problem.message);
  }
  const tables = [...loaded.tables()].map((table) =>
    parseTable(table, kept, (entry, index, message) => reader.report(entry, index, message)),
  );
  return { ruleset: normalize({ tables }, kept), diagnostics: reader.diagnostics };
}

class Reporter {
  readonly diagnostics: Diagnostic[] = [];
  private readonly file: SourceFile;
  private offsets: readonly number[] | undefined;

  constructor(file: SourceFile) {
    this.file = file;
  }

  /** A diagnostic at the start of the document's object number `index`. */
  report(entry: CatalogueEntry, index: number, message: string): void {
    if (this.diagnostics.length >= maximumDiagnostics) return;
    this.offsets ??= elementOffsets(this.file.text);
    this.reportAt(entry, this.offsets[index] ?? 0, message);
  }

  reportAt(entry: CatalogueEntry, offset: number, message: string): void {
    const end = Math.min(offset + 1, this.file.text.length);
    this.diagnostics.push(report(entry, { file: this.file, start: Math.min(offset, end), end }, message));
  }
}

function readDocument(file: SourceFile, reporter: Reporter): readonly Json[] {
  let document: Json;
  try {
    document = JSON.parse(file.text);
  } catch {
    const offset = failureOffset(file.text);
    reporter.reportAt(
      notJson,
      offset,
      offset === file.text.length
        ? 'The text ends in the middle of the JSON document.'
        : 'From here on the text is not JSON.',
    );
    return [];
  }
  const commands = isJsonObject(document) ? document.nftables : undefined;
  if (isJsonArray(commands)) return commands;
  reporter.reportAt(notNftables, 0, 'An nftables document has the form {"nftables": [...]}; this JSON has not.');
  return [];
}

const verbs: ReadonlySet<string> = new Set(['add', 'create', 'insert', 'delete', 'destroy', 'flush']);

/** Verbs that say nothing about an empty host. */
const unsupportedVerbs: ReadonlySet<string> = new Set(['replace', 'rename', 'reset', 'list', 'monitor']);

/** Applies one object of the document: a listed thing is there, a command does what it says. */
function apply(loaded: LoadedRuleset, command: Json, index: number): Problem | undefined {
  const entry = onlyEntry(command);
  if (entry === undefined) return malformed('This is not an object with one key, as every nftables object is.');
  const [verb, body] = entry;
  if (verb === 'metainfo') return undefined;
  if (unsupportedVerbs.has(verb))
    return {
      entry: unsupportedCommand,
      message: `What \`${verb}\` does depends on what is loaded, which this document does not say.`,
    };
  if (!verbs.has(verb)) {
    if (!isJsonObject(body)) return malformed(`The \`${verb}\` is not an object.`);
    return loaded.add(verb, body, index, false);
  }
  const thing = onlyEntry(body);
  if (thing === undefined) return malformed(`\`${verb}\` does not say what.`);
  const [kind, given] = thing;
  const details = given === null && kind === 'ruleset' ? {} : given;
  if (!isJsonObject(details)) return malformed(`The \`${kind}\` of \`${verb}\` is not an object.`);
  if (verb === 'flush') return loaded.flush(kind, details);
  if (verb === 'delete' || verb === 'destroy') return loaded.delete(kind, details);
  return loaded.add(kind, details, index, verb === 'insert');
}

function malformed(message: string): Problem {
  return { entry: malformedObject, message };
}
