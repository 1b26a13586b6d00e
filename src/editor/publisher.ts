/** Sends diagnostics to the editor: each file those of all policies that it is part of, and nothing once there are none. */
import type { Diagnostic as EditorDiagnostic, PublishDiagnosticsParams } from 'vscode-languageserver';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { editorDiagnostic } from './features/diagnostics.ts';
import type { Places } from './workspace/places.ts';
import type { Texts } from './workspace/texts.ts';

type Send = (params: PublishDiagnosticsParams) => void;

export class Publisher {
  readonly #texts: Texts;
  readonly #places: Places;
  readonly #send: Send;
  /** What was sent last for each URI, as text to compare. */
  readonly #sent = new Map<string, string>();

  constructor(texts: Texts, places: Places, send: Send) {
    this.#texts = texts;
    this.#places = places;
    this.#send = send;
  }

  /** Sends what changed since the last time. Open documents always hear of their new version. */
  publish(diagnostics: readonly Diagnostic[]): void {
    const files = new Map<string, Map<string, EditorDiagnostic>>();
    for (const name of this.#texts.openNames()) files.set(name, new Map());
    for (const diagnostic of diagnostics) {
      const { name } = diagnostic.span.file;
      const known = files.get(name) ?? new Map<string, EditorDiagnostic>();
      const { code, message, span } = diagnostic;
      known.set(`${code} ${span.start} ${span.end} ${message}`, editorDiagnostic(diagnostic, this.#places));
      files.set(name, known);
    }
    const gone = new Set(this.#sent.keys());
    for (const [name, found] of files) {
      const uri = this.#texts.uriOf(name);
      gone.delete(uri);
      const version = this.#texts.openDocument(name)?.version;
      this.#sendChanged({ uri, diagnostics: [...found.values()], ...(version === undefined ? {} : { version }) });
    }
    for (const uri of gone) {
      this.#sent.delete(uri);
      this.#send({ uri, diagnostics: [] });
    }
  }

  #sendChanged(params: PublishDiagnosticsParams): void {
    const text = JSON.stringify(params);
    if (this.#sent.get(params.uri) === text) return;
    this.#sent.set(params.uri, text);
    this.#send(params);
  }
}
