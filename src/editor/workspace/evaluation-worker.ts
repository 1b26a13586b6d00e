/** Evaluates expectations in a thread of its own, which is ended when nobody waits for its answer any more. */
import { parentPort, Worker } from 'node:worker_threads';
import { type EvaluatedExpectation, type Evaluator, evaluateNow } from './evaluation.ts';

type Answer = readonly EvaluatedExpectation[] | undefined;

/** `program` is what the thread runs: the program itself, which calls {@link serveEvaluations} when it finds itself in a thread. */
export function threadEvaluator(program: URL, programArguments: readonly string[]): Evaluator {
  let worker: Worker | undefined;
  let finish: ((answer: Answer) => void) | undefined;

  function settle(answer: Answer): void {
    const waiting = finish;
    finish = undefined;
    waiting?.(answer);
  }

  function start(): Worker {
    const started = new Worker(program, { argv: [...programArguments], stdout: true, stderr: true });
    started.unref();
    started.on('message', (answer: Answer) => settle(answer));
    const ended = (): void => {
      if (worker !== started) return;
      worker = undefined;
      settle(undefined);
    };
    started.on('error', ended);
    started.on('exit', ended);
    return started;
  }

  function cancel(): void {
    if (finish === undefined) return;
    const ended = worker;
    worker = undefined;
    settle(undefined);
    void ended?.terminate();
  }

  return {
    evaluate(texts) {
      cancel();
      worker ??= start();
      const running = worker;
      return new Promise((resolve) => {
        finish = resolve;
        running.postMessage(texts);
      });
    },
    cancel,
    close: async () => {
      settle(undefined);
      const ended = worker;
      worker = undefined;
      await ended?.terminate();
    },
  };
}

/** The other side: answers each policy with its evaluated expectations, until the thread is ended. */
export function serveEvaluations(): Promise<void> {
  const port = parentPort;
  if (port === null) return Promise.resolve();
  port.on('message', (texts) => {
    let answer: Answer;
    try {
      answer = evaluateNow(texts);
    } catch {
      answer = undefined;
    }
    port.postMessage(answer);
  });
  return new Promise((resolve) => port.once('close', resolve));
}
