/**
 * Evaluates policies in a thread of its own. What nobody waits for any more is let come to its end, since the thread knows
 * what the last proof made; a thread that takes too long for that is replaced.
 */
import { parentPort, Worker } from 'node:worker_threads';
import type { Evaluation, Evaluator, PolicyTexts } from './evaluation.ts';
import { PolicyEvaluator } from './policy-evaluator.ts';

interface Question {
  readonly ticket: number;
  readonly texts: PolicyTexts;
}

interface Answer {
  readonly ticket: number;
  readonly evaluation: Evaluation | undefined;
}

/** Milliseconds that the next question waits for one that was given up. */
const patience = 1000;

/** `program` is what the thread runs: the program itself, which calls {@link serveEvaluations} when it finds itself in a thread. */
export function threadEvaluator(program: URL, programArguments: readonly string[]): Evaluator {
  let worker: Worker | undefined;
  let ticket = 0;
  /** Questions that the thread has not answered yet. */
  let open = 0;
  let asked: { readonly texts: PolicyTexts; readonly finish: (evaluation: Evaluation | undefined) => void } | undefined;
  let replacing: NodeJS.Timeout | undefined;

  function settle(evaluation: Evaluation | undefined): void {
    const waiting = asked;
    asked = undefined;
    clearTimeout(replacing);
    waiting?.finish(evaluation);
  }

  function start(): Worker {
    const started = new Worker(program, { argv: [...programArguments], stdout: true, stderr: true });
    open = 0;
    started.unref();
    started.on('message', (answer: Answer) => {
      if (worker !== started) return;
      open--;
      if (answer.ticket === ticket) settle(answer.evaluation);
      else if (open === 1) clearTimeout(replacing); // the thread is at what is asked now
    });
    const ended = (): void => {
      if (worker !== started) return;
      worker = undefined;
      settle(undefined);
    };
    started.on('error', ended);
    started.on('exit', ended);
    return started;
  }

  function end(): Promise<unknown> | undefined {
    const ended = worker;
    worker = undefined;
    return ended?.terminate();
  }

  function ask(texts: PolicyTexts): void {
    worker ??= start();
    open++;
    worker.postMessage({ ticket, texts } satisfies Question);
  }

  /** The question stays the same; a new thread is asked it. */
  function replace(): void {
    if (asked === undefined) return;
    void end();
    ask(asked.texts);
  }

  return {
    evaluate(texts) {
      settle(undefined);
      ticket++;
      return new Promise((finish) => {
        asked = { texts, finish };
        const busy = worker !== undefined && open > 0;
        ask(texts);
        if (busy) replacing = setTimeout(replace, patience);
      });
    },
    cancel: () => settle(undefined),
    close: async () => {
      settle(undefined);
      await end();
    },
  };
}

/** The other side: answers each policy with its evaluation, until the thread is ended. */
export function serveEvaluations(): Promise<void> {
  const port = parentPort;
  if (port === null) return Promise.resolve();
  const evaluator = new PolicyEvaluator();
  port.on('message', ({ ticket, texts }: Question) => {
    port.postMessage({ ticket, evaluation: evaluated(evaluator, texts) } satisfies Answer);
  });
  return new Promise((resolve) => port.once('close', resolve));
}

/** Without an answer the editor goes on. */
function evaluated(evaluator: PolicyEvaluator, texts: PolicyTexts): Evaluation | undefined {
  try {
    return evaluator.evaluate(texts);
  } catch {
    return undefined;
  }
}
