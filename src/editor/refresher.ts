/** When to look at the policies again: soon after each change, and at their expectations and rules when the typing pauses. */
import type { EvaluationResults } from './evaluation-results.ts';
import type { Publisher } from './publisher.ts';
import type { Analysis } from './workspace/analysis.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Milliseconds: changes that come together are looked at together. A policy that takes long is waited for longer. */
const shortestWait = 5;
const longestWait = 300;
/** How long nobody types before the policies are evaluated. */
const pause = 250;
/** How long a hover waits for what is being evaluated. */
const patience = 5000;

export class Refresher {
  readonly #workspace: Workspace;
  readonly #results: EvaluationResults;
  readonly #publisher: Publisher;
  readonly #onFault: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #pauseTimer: NodeJS.Timeout | undefined;
  #lastDuration = 0;
  #stopped = false;

  constructor(
    workspace: Workspace,
    results: EvaluationResults,
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

  /** What is known about a policy, evaluated now where it is not known; done when that takes too long. */
  async known(analysis: Analysis): Promise<EvaluationResults> {
    if (this.#results.isKnown(analysis)) return this.#results;
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patience);
    });
    await Promise.race([this.#results.evaluate(analysis), tooLong]);
    clearTimeout(timer);
    return this.#results;
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#onFault(error);
    }
  }
}
