/**
 * The text of a compose file as a tree of scalars, mappings and sequences with places. Hostile files stay bounded: the length of the
 * text, the depth of nesting and what aliases expand to (yaml-convert.ts) have limits.
 */
import { Composer, type Document, Parser } from 'yaml';
import { severalDocuments, tooLarge, yamlSyntax } from '../../diagnostics/catalogue/import.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import type { SourceFile, Span } from '../../source/span.ts';
import type { DocumentNode } from '../reading/node.ts';
import { convertDocument, maximumSyntaxErrors, spanAt } from './yaml-convert.ts';
import { type CstToken, deepestToken } from './yaml-depth.ts';

export interface YamlFile {
  /** Undefined when the text is not one well-formed document. */
  readonly root: DocumentNode | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** The longest text that is read, in UTF-16 units. Reading takes about a second a million. */
export const maximumLength = 2 * 1024 * 1024;
/** The deepest nesting that is read; the YAML library recurses, and a stack overflow inside a regular expression ends the process. */
export const maximumDepth = 100;

/** Reads a text as one YAML 1.2 document. Never throws; the time is bounded by a multiple of the length of the text. */
export function readYaml(file: SourceFile): YamlFile {
  const start: Span = { file, start: 0, end: 0 };
  if (file.text.length > maximumLength)
    return failure(
      report(tooLarge, start, `This file has more than ${maximumLength} characters; no compose file needs that many.`),
    );
  const tokens = [...new Parser().parse(file.text)];
  const deepest = deepestToken(tokens as readonly CstToken[]);
  if (deepest.depth > maximumDepth)
    return failure(
      report(
        tooLarge,
        spanAt(file, deepest.offset, deepest.offset + 1),
        `This is nested more than ${maximumDepth} levels deep.`,
      ),
    );
  const options = { schema: 'core', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' } as const;
  const documents = [...new Composer(options).compose(tokens, true, file.text.length)];
  const first = documents[0];
  if (first === undefined) return { root: undefined, diagnostics: [] };
  const diagnostics = syntaxErrors(file, documents as readonly Document.Parsed[]);
  const second = documents[1];
  if (second !== undefined)
    diagnostics.push(
      report(
        severalDocuments,
        spanAt(file, second.range[0], second.range[0] + 3),
        'A second document begins here; a compose file is one document.',
      ),
    );
  if (diagnostics.length > 0) return { root: undefined, diagnostics };
  const converted = convertDocument(file, first.contents);
  if (converted.diagnostics.length > 0) return { root: undefined, diagnostics: converted.diagnostics };
  return { root: converted.root, diagnostics: [] };
}

function failure(diagnostic: Diagnostic): YamlFile {
  return { root: undefined, diagnostics: [diagnostic] };
}

function syntaxErrors(file: SourceFile, documents: readonly Document.Parsed[]): Diagnostic[] {
  const errors = documents.flatMap((document) => document.errors).slice(0, maximumSyntaxErrors);
  return errors.map((error) =>
    report(yamlSyntax, spanAt(file, error.pos[0], error.pos[1]), `This is not valid YAML: ${sentence(error.message)}`),
  );
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
