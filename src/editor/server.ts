/** The language server: what the editor asks, answered from the workspace. Nothing here outlives a connection. */
import {
  type Connection,
  ErrorCodes,
  type InitializeParams,
  type InitializeResult,
  MarkupKind,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { complete } from './completion/completion.ts';
import { placeFinder } from './completion/place.ts';
import { EvaluationResults } from './evaluation-results.ts';
import { codeAction, fixAll, fixAllKind, quickFixes } from './features/code-actions.ts';
import { foldingRanges } from './features/folding.ts';
import { format } from './features/format.ts';
import { definitionsAt, nameAt, occurrencesOf } from './features/references.ts';
import { type Replacement, rename, renameable } from './features/rename.ts';
import { documentSymbols } from './features/symbols.ts';
import { hoverAt } from './hover/hover.ts';
import { Publisher } from './publisher.ts';
import { Refresher } from './refresher.ts';
import type { Disk } from './workspace/disk.ts';
import type { Evaluator } from './workspace/evaluation.ts';
import { Places } from './workspace/places.ts';
import { nameOfUri } from './workspace/uri.ts';
import { type Part, Workspace } from './workspace/workspace.ts';

export interface ServerOptions {
  readonly disk: Disk;
  readonly evaluator: Evaluator;
  readonly version: string;
}

export interface Server {
  /** Stops what still runs. */
  readonly close: () => Promise<void>;
}

interface At {
  readonly textDocument: { readonly uri: string };
  readonly position: { readonly line: number; readonly character: number };
}

/** Serves a connection, which must not be listening yet. */
export function serve(connection: Connection, { disk, evaluator, version }: ServerOptions): Server {
  const documents = new TextDocuments(TextDocument);
  const workspace = new Workspace(documents, disk);
  const places = new Places(workspace.texts);
  const results = new EvaluationResults(evaluator);
  const publisher = new Publisher(workspace.texts, places, (params) => void connection.sendDiagnostics(params));
  const refresher = new Refresher(workspace, results, publisher, (error) => logFault(connection, error));
  const findPlace = placeFinder();
  let client: InitializeParams['capabilities'] = {};

  /** A document as part of the policies that it belongs to, and an offset in it. */
  function at({ textDocument, position }: At): { readonly parts: readonly Part[]; readonly offset: number } {
    const parts = workspace.partsOf(nameOfUri(textDocument.uri));
    const [first] = parts;
    return { parts, offset: first === undefined ? 0 : places.offset(first.file.source, position) };
  }

  function partOf(uri: string): Part | undefined {
    return workspace.partsOf(nameOfUri(uri))[0];
  }

  connection.onInitialize((params) => {
    client = params.capabilities;
    const folders = params.workspaceFolders?.map(({ uri }) => uri) ?? (params.rootUri == null ? [] : [params.rootUri]);
    workspace.includers.folders = folders.map(nameOfUri);
    return capabilities(version);
  });

  documents.onDidOpen(() => workspace.includers.refresh());
  documents.onDidSave(() => {
    workspace.includers.refresh();
    refresher.schedule();
  });
  documents.onDidChangeContent(() => refresher.schedule());
  documents.onDidClose(() => refresher.schedule());
  connection.onDidChangeWatchedFiles(() => {
    workspace.includers.refresh();
    refresher.schedule();
  });

  connection.onCompletion((params) => {
    const { parts, offset } = at(params);
    const [part] = parts;
    return part === undefined ? [] : [...complete(part, offset, findPlace, places)];
  });

  connection.onHover(async (params) => {
    const { parts, offset } = at(params);
    const [part] = parts;
    if (part === undefined) return null;
    const found = await hoverAt(part, offset, () => refresher.known(part.analysis));
    if (found === undefined) return null;
    const takesMarkdown = client.textDocument?.hover?.contentFormat?.includes(MarkupKind.Markdown) ?? false;
    const kind = takesMarkdown ? MarkupKind.Markdown : MarkupKind.PlainText;
    return { contents: { kind, value: found.markdown }, range: places.range(found.span) };
  });

  connection.onDefinition((params) => {
    const { parts, offset } = at(params);
    return definitionsAt(parts, offset).map((span) => places.location(span));
  });

  connection.onReferences((params) => {
    const { parts, offset } = at(params);
    const name = nameAt(parts, offset);
    if (name === undefined) return [];
    return occurrencesOf(parts, name)
      .filter(({ declares }) => !declares || params.context.includeDeclaration)
      .map(({ span }) => places.location(span));
  });

  connection.onDocumentHighlight((params) => {
    const { parts, offset } = at(params);
    const name = nameAt(parts, offset);
    const own = nameOfUri(params.textDocument.uri);
    if (name === undefined) return [];
    return occurrencesOf(parts, name)
      .filter(({ span }) => span.file.name === own)
      .map(({ span }) => ({ range: places.range(span) }));
  });

  connection.onPrepareRename((params) => {
    const { parts, offset } = at(params);
    if (nameAt(parts, offset) === undefined) return null;
    const name = renameable(parts, offset);
    if ('refused' in name) throw new ResponseError(ErrorCodes.InvalidRequest, name.refused);
    return { range: places.range(name.span), placeholder: name.text };
  });

  connection.onRenameRequest((params) => {
    const { parts, offset } = at(params);
    const renaming = rename(parts, offset, params.newName);
    if ('refused' in renaming) throw new ResponseError(ErrorCodes.InvalidRequest, renaming.refused);
    return workspaceEdit(renaming.replacements);
  });

  function workspaceEdit(replacements: readonly Replacement[]): WorkspaceEdit {
    const byName = new Map<string, TextEdit[]>();
    for (const { span, text } of replacements) {
      const edits = byName.get(span.file.name) ?? [];
      edits.push({ range: places.range(span), newText: text });
      byName.set(span.file.name, edits);
    }
    const { texts } = workspace;
    if (client.workspace?.workspaceEdit?.documentChanges !== true)
      return { changes: Object.fromEntries([...byName].map(([name, edits]) => [texts.uriOf(name), edits])) };
    return {
      documentChanges: [...byName].map(([name, edits]) => ({
        textDocument: { uri: texts.uriOf(name), version: texts.openDocument(name)?.version ?? null },
        edits,
      })),
    };
  }

  connection.onDocumentSymbol(({ textDocument }) => {
    const part = partOf(textDocument.uri);
    return part === undefined ? [] : [...documentSymbols(part.file, places)];
  });

  connection.onFoldingRanges(({ textDocument }) => {
    const part = partOf(textDocument.uri);
    return part === undefined ? [] : [...foldingRanges(part.file, places)];
  });

  connection.onDocumentFormatting(({ textDocument }) => {
    const part = partOf(textDocument.uri);
    return part === undefined ? [] : [...format(part.file.source, places)];
  });

  connection.onCodeAction(({ textDocument, range, context }) => {
    const part = partOf(textDocument.uri);
    if (part === undefined) return [];
    const { source } = part.file;
    const span = { file: source, start: places.offset(source, range.start), end: places.offset(source, range.end) };
    const actions = [...quickFixes(part, span, places), ...fixAll(part, places)];
    return actions
      .filter(({ kind }) => context.only?.some((wanted) => kind === wanted || kind.startsWith(`${wanted}.`)) ?? true)
      .map((action) => codeAction(action, textDocument.uri, places));
  });

  documents.listen(connection);
  return {
    async close() {
      refresher.stop();
      await results.close();
    },
  };
}

function capabilities(version: string): InitializeResult {
  return {
    serverInfo: { name: 'ctfw', version },
    capabilities: {
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
      completionProvider: { triggerCharacters: [' ', '>', ':', ','] },
      hoverProvider: true,
      definitionProvider: true,
      referencesProvider: true,
      documentHighlightProvider: true,
      renameProvider: { prepareProvider: true },
      documentSymbolProvider: true,
      foldingRangeProvider: true,
      documentFormattingProvider: true,
      codeActionProvider: { codeActionKinds: ['quickfix', fixAllKind] },
    },
  };
}

function logFault(connection: Connection, error: unknown): void {
  connection.console.error(`this is a fault of ctfw itself: ${error instanceof Error ? error.stack : String(error)}`);
}
