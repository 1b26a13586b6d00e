/** What is wrong with a listing, collected while reading: complaints by line, and unmodelled extensions once each. */
import {
  malformedIptablesRule,
  undeclaredIptablesChain,
  unmodelledIptablesFeature,
} from '../../../diagnostics/catalogue/iptables.ts';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { CatalogueEntry } from '../../../diagnostics/entry.ts';
import { report } from '../../../diagnostics/report.ts';
import type { SourceFile, Span } from '../../../source/span.ts';

/** More complaints than this help nobody. */
const most = 1000;

export class Notes {
  readonly diagnostics: Diagnostic[] = [];
  readonly #file: SourceFile;
  readonly #features = new Set<string>();
  #start = 0;
  #end = 0;

  constructor(file: SourceFile) {
    this.#file = file;
  }

  /** The line that following notes are about, as offsets into the file. */
  atLine(start: number, end: number): void {
    this.#start = start;
    this.#end = end;
  }

  add(entry: CatalogueEntry, message: string, help?: string): void {
    if (this.diagnostics.length >= most) return;
    const span: Span = { file: this.#file, start: this.#start, end: this.#end };
    this.diagnostics.push(report(entry, span, message, help === undefined ? {} : { help }));
  }

  malformed(message: string): void {
    this.add(malformedIptablesRule, message);
  }

  undeclared(message: string): void {
    this.add(undeclaredIptablesChain, message);
  }

  /** An extension without a model; `consequence` says how its rules are taken. */
  unmodelled(feature: string, consequence: string): void {
    if (this.#features.has(feature)) return;
    this.#features.add(feature);
    this.add(unmodelledIptablesFeature, `what \`${feature}\` does here is not modelled: ${consequence}`);
  }
}
