/** What is known about the expectations and the rules of the policies that are being written. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Span } from '../source/span.ts';
import { type Analysis, fileNamed } from './workspace/analysis.ts';
import {
  canBeEvaluated,
  type EvaluatedExpectation,
  type EvaluatedRules,
  type Evaluation,
  type Evaluator,
  policyTexts,
} from './workspace/evaluation.ts';

export class EvaluationResults {
  readonly #evaluator: Evaluator;
  readonly #known = new WeakMap<Analysis, Evaluation>();
  readonly #running = new Map<Analysis, Promise<void>>();
  #queue: Promise<void> = Promise.resolve();

  constructor(evaluator: Evaluator) {
    this.#evaluator = evaluator;
  }

  /** Evaluates what is not known yet, one policy after the other; done when the analysis has its results or was given up. */
  evaluate(analysis: Analysis): Promise<void> {
    if (!canBeEvaluated(analysis) || this.#known.has(analysis)) return Promise.resolve();
    const running = this.#running.get(analysis);
    if (running !== undefined) return running;
    const started = this.#queue.then(() => this.#run(analysis));
    this.#running.set(analysis, started);
    this.#queue = started;
    return started;
  }

  async #run(analysis: Analysis): Promise<void> {
    try {
      if (!this.#running.has(analysis)) return;
      const results = await this.#evaluator.evaluate(policyTexts(analysis));
      if (results !== undefined) this.#known.set(analysis, results);
    } catch {
      // Without an answer it stays unknown; the editor goes on.
    } finally {
      this.#running.delete(analysis);
    }
  }

  /** Gives up evaluating policies that are no longer as they were. */
  keepOnly(current: readonly Analysis[]): void {
    const kept = new Set(current);
    let gaveUp = false;
    for (const analysis of this.#running.keys()) {
      if (kept.has(analysis)) continue;
      this.#running.delete(analysis);
      gaveUp = true;
    }
    if (gaveUp) this.#evaluator.cancel();
  }

  isKnown(analysis: Analysis): boolean {
    return this.#known.has(analysis);
  }

  /** The result of the expectation at a place. */
  resultOf(analysis: Analysis, { file, start }: Span): EvaluatedExpectation | undefined {
    return this.#known
      .get(analysis)
      ?.expectations.find(({ span }) => span.file.name === file.name && span.start === start);
  }

  /** What is known of the rules of a host. */
  rulesOf(analysis: Analysis, host: string): EvaluatedRules | undefined {
    return this.#known.get(analysis)?.rules.find((one) => one.host === host);
  }

  /** What is to be said about the expectations and rules of a policy, as far as it is known. */
  diagnosticsOf(analysis: Analysis): readonly Diagnostic[] {
    const { expectations = [], rules = [] } = this.#known.get(analysis) ?? {};
    return [...expectations, ...rules].flatMap(({ diagnostics }) =>
      diagnostics.map((diagnostic) => inFilesOf(analysis, diagnostic)),
    );
  }

  async close(): Promise<void> {
    this.#running.clear();
    await this.#evaluator.close();
  }
}

/** A diagnostic from another thread has copies of the files; here it gets the files themselves. */
function inFilesOf(analysis: Analysis, diagnostic: Diagnostic): Diagnostic {
  const own = (span: Span): Span => ({ ...span, file: fileNamed(analysis, span.file.name)?.source ?? span.file });
  const related = diagnostic.related.map((place) => ({ ...place, span: own(place.span) }));
  return { ...diagnostic, span: own(diagnostic.span), related };
}
