/** When to look at the policies again: soon after each change, and at their expectations when the typing pauses. */
import type { Span } from '../source/span.ts';
import type { ExpectationResults } from './expectation-results.ts';
import type { Publisher } from './publisher.ts';
import type { Analysis } from './workspace/analysis.ts';
import type { EvaluatedExpectation } from './workspace/evaluation.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Milliseconds: changes that come together are looked at together. A policy that takes long is waited for longer. */
const shortestWait = 5;
const longestWait = 300;
/** How long nobody types before the expectations are evaluated. */
const pause = 250;
/** How long a hover waits for the result of an expectation. */
const patience = 5000;

export class Refresher {
  readonly #workspace: Workspace;
  readonly #results: ExpectationResults;
  readonly #publisher: Publisher;
  readonly #onFault: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #pauseTimer: NodeJS.Timeout | undefined;
  #lastDuration = 0;
  #stopped = false;

  constructor(
    workspace: Workspace,
    results: ExpectationResults,
    publisher: Publisher,
    onFault: (error: unknown) => void,
  ) {
    this.#workspace = workspace;
    this.#results = results;
    this.#publisher = publisher;
    this.#onFault = onFault;
  }

  /** Something changed. */
  schedule(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#pauseTimer);
    const wait = this.#lastDuration < 50 ? shortestWait : Math.min(this.#lastDuration, longestWait);
    this.#timer = setTimeout(() => this.#guarded(() => this.#refresh()), wait);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#pauseTimer);
  }

  #refresh(): void {
    const begin = performance.now();
    const analyses = this.#workspace.analyses();
    this.#results.keepOnly(analyses);
    this.#publish(analyses);
    this.#lastDuration = performance.now() - begin;
    this.#pauseTimer = setTimeout(() => this.#guarded(() => this.#evaluate(analyses)), pause);
  }

  #publish(analyses: readonly Analysis[]): void {
    this.#publisher.publish(
      analyses.flatMap((analysis) => [...analysis.diagnostics, ...this.#results.diagnosticsOf(analysis)]),
    );
  }

  #evaluate(analyses: readonly Analysis[]): void {
    for (const analysis of analyses) void this.#results.evaluate(analysis).then(() => this.#publishResults());
  }

  #publishResults(): void {
    if (!this.#stopped) this.#guarded(() => this.#publish(this.#workspace.analyses()));
  }

  /** The result of an expectation, evaluated now where it is not known; undefined when that takes too long. */
  async resultOf(analysis: Analysis, span: Span): Promise<EvaluatedExpectation | undefined> {
    const known = this.#results.resultOf(analysis, span);
    if (known !== undefined) return known;
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patience);
    });
    await Promise.race([this.#results.evaluate(analysis), tooLong]);
    clearTimeout(timer);
    return this.#results.resultOf(analysis, span);
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#onFault(error);
    }
  }
}
