/** An editor for tests: a client over streams, with the documents it has open and the diagnostics it was sent. */
import { PassThrough } from 'node:stream';
import type {
  Diagnostic,
  InitializeParams,
  MessageConnection,
  Position,
  PublishDiagnosticsParams,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { serveStreams } from '../../src/editor/stdio.ts';
import type { Disk } from '../../src/editor/workspace/disk.ts';
import type { Evaluator } from '../../src/editor/workspace/evaluation.ts';
import { immediateEvaluator } from '../../src/editor/workspace/policy-evaluator.ts';

/** A disk that holds some texts by path. */
export function diskOf(files: Readonly<Record<string, string>>): Disk & { readonly files: Map<string, string> } {
  const held = new Map(Object.entries(files));
  return {
    files: held,
    stamp: (path) => held.get(path),
    read: (path) => held.get(path) ?? { error: 'there is no such file' },
    policiesIn: (folder) =>
      [...held.keys()].filter((path) => path.endsWith('.ctfw') && path.slice(0, path.lastIndexOf('/')) === folder),
  };
}

export interface ClientOptions {
  readonly disk?: Disk;
  readonly evaluator?: Evaluator;
  readonly folders?: readonly string[];
  readonly capabilities?: InitializeParams['capabilities'];
}

export class Client {
  readonly connection: MessageConnection;
  /** The exit code of the server. */
  readonly ended: Promise<number>;
  readonly #documents = new Map<string, TextDocument>();
  readonly #diagnostics = new Map<string, readonly Diagnostic[]>();
  #waiting: (() => void)[] = [];
  /** Every message of diagnostics, in order. */
  readonly published: PublishDiagnosticsParams[] = [];

  constructor(connection: MessageConnection, ended: Promise<number>) {
    this.connection = connection;
    this.ended = ended;
    connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
      this.published.push(params);
      this.#diagnostics.set(params.uri, params.diagnostics);
      for (const check of this.#waiting) check();
    });
    connection.listen();
  }

  async initialize({ folders = [], capabilities = {} }: ClientOptions = {}): Promise<unknown> {
    const workspaceFolders = folders.map((uri) => ({ uri, name: uri }));
    const result = await this.connection.sendRequest('initialize', {
      processId: null,
      rootUri: null,
      capabilities: { textDocument: { hover: { contentFormat: ['markdown'] } }, ...capabilities },
      workspaceFolders,
    });
    await this.connection.sendNotification('initialized', {});
    return result;
  }

  open(uri: string, text: string): void {
    this.#documents.set(uri, TextDocument.create(uri, 'ctfw', 1, text));
    void this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'ctfw', version: 1, text },
    });
  }

  /** Replaces a part of a document, by offsets. */
  edit(uri: string, start: number, end: number, text: string): void {
    const document = this.document(uri);
    const range = { start: document.positionAt(start), end: document.positionAt(end) };
    const version = document.version + 1;
    const contentChanges = [{ range, text }];
    this.#documents.set(uri, TextDocument.update(document, contentChanges, version));
    void this.connection.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges });
  }

  close(uri: string): void {
    this.#documents.delete(uri);
    void this.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }

  document(uri: string): TextDocument {
    const document = this.#documents.get(uri);
    if (document === undefined) throw new Error(`${uri} is not open`);
    return document;
  }

  /** The position of a `|` in a piece of the text, for example `attach fr|ont`. */
  position(uri: string, piece: string): Position {
    const document = this.document(uri);
    const start = document.getText().indexOf(piece.replace('|', ''));
    if (start === -1) throw new Error(`no ${piece} in ${document.getText()}`);
    return document.positionAt(start + Math.max(piece.indexOf('|'), 0));
  }

  /** A request about a place in a document. */
  ask<T>(method: string, uri: string, piece: string, more: object = {}): Promise<T> {
    const params = { textDocument: { uri }, position: this.position(uri, piece), ...more };
    return this.connection.sendRequest(`textDocument/${method}`, params);
  }

  /** A request about a whole document. */
  askDocument<T>(method: string, uri: string, more: object = {}): Promise<T> {
    return this.connection.sendRequest(`textDocument/${method}`, { textDocument: { uri }, ...more });
  }

  codesOf(uri: string): readonly string[] | undefined {
    return this.#diagnostics.get(uri)?.map(({ code }) => String(code));
  }

  diagnosticsOf(uri: string): readonly Diagnostic[] {
    return this.#diagnostics.get(uri) ?? [];
  }

  /** Waits until the codes of a document are these. */
  async untilCodes(uri: string, codes: readonly string[]): Promise<void> {
    const wanted = JSON.stringify(codes.toSorted());
    let seen: string | undefined;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited for ${wanted} of ${uri}, had ${seen}`)), 10_000);
      const check = (): void => {
        seen = JSON.stringify(this.codesOf(uri)?.toSorted());
        if (seen !== wanted) return;
        clearTimeout(timer);
        this.#waiting = this.#waiting.filter((one) => one !== check);
        resolve();
      };
      this.#waiting.push(check);
      check();
    });
  }

  async stop(): Promise<number> {
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    const code = await this.ended;
    this.connection.dispose();
    return code;
  }
}

/** A client with a server in this very process. */
export async function startClient(options: ClientOptions = {}): Promise<Client> {
  const toServer = new PassThrough();
  const toClient = new PassThrough();
  const ended = serveStreams(toServer, toClient, {
    disk: options.disk ?? diskOf({}),
    evaluator: options.evaluator ?? immediateEvaluator(),
    version: 'test',
  });
  const client = new Client(
    createMessageConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer)),
    ended,
  );
  await client.initialize(options);
  return client;
}

/** A text after edits, as an editor applies them. */
export function edited(text: string, edits: readonly TextEdit[]): string {
  return TextDocument.applyEdits(TextDocument.create('', 'ctfw', 0, text), [...edits]);
}

/** The texts of files after a workspace edit. */
export function editedFiles(files: ReadonlyMap<string, string>, edit: WorkspaceEdit): ReadonlyMap<string, string> {
  const result = new Map(files);
  for (const [uri, edits] of Object.entries(edit.changes ?? {})) result.set(uri, edited(files.get(uri) ?? '', edits));
  return result;
}
