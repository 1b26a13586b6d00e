/** Looks at the host from a thread of its own, which begins the first of them at once. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Look, Looks } from '../../apply/engine/look.ts';
import { StateError } from '../../apply/state/files.ts';

export type LookQuestion = 'look' | 'quiet' | 'close';

export type LookAnswer =
  | { readonly kind: 'look'; readonly look: Look }
  | { readonly kind: 'quiet'; readonly quiet: boolean | undefined }
  | { readonly kind: 'closed' }
  | {
      readonly kind: 'failed';
      readonly message: string;
      /** Of the state directory, and nobody's mistake. */
      readonly state: { readonly noPrivilege: boolean } | undefined;
    };

/** Undefined where the program does not lie beside its thread's: then looks are taken in turn with everything else. */
export function threadedLooks(stateFolder: string): Looks | undefined {
  const path = threadProgram();
  if (path === undefined) return undefined;
  const worker = new Worker(path, { workerData: stateFolder, resourceLimits: { maxYoungGenerationSizeMb: 64 } });
  worker.unref();
  const thread = new LookThread(worker);
  return {
    look: async () => {
      const answer = await thread.ask('look');
      if (answer.kind === 'look') return answer.look;
      throw new Error(`a thread that was asked for a look answered ${answer.kind}`);
    },
    isQuiet: async () => {
      const answer = await thread.ask('quiet');
      return answer.kind === 'quiet' ? answer.quiet : false;
    },
    close: async () => {
      await thread.ask('close').catch(() => {}); // it has ended already
      await worker.terminate();
    },
  };
}

/** Questions are answered one after the other. */
class LookThread {
  private turn: Promise<unknown> = Promise.resolve();
  private ended: Error | undefined;

  constructor(private readonly worker: Worker) {
    worker.on('error', (error) => {
      this.ended = error instanceof Error ? error : new Error(String(error));
    });
    worker.on('exit', () => {
      this.ended ??= new Error('the thread that looks at the host has ended');
    });
  }

  ask(question: LookQuestion): Promise<LookAnswer> {
    const answer = this.turn.then(() => this.exchange(question));
    this.turn = answer.catch(() => {});
    return answer;
  }

  /** While an answer is awaited, the thread holds the process. */
  private async exchange(question: LookQuestion): Promise<LookAnswer> {
    if (this.ended !== undefined) throw this.ended;
    this.worker.ref();
    try {
      const answer = await new Promise<LookAnswer>((resolve, reject) => {
        const done = (): void => {
          this.worker.off('message', answered);
          this.worker.off('exit', exited);
        };
        const answered = (message: LookAnswer): void => {
          done();
          resolve(message);
        };
        const exited = (): void => {
          done();
          reject(this.ended ?? new Error('the thread that looks at the host has ended'));
        };
        this.worker.on('message', answered);
        this.worker.on('exit', exited);
        this.worker.postMessage(question);
      });
      if (answer.kind !== 'failed') return answer;
      throw answer.state === undefined
        ? new Error(answer.message)
        : new StateError(answer.message, answer.state.noPrivilege);
    } finally {
      this.worker.unref();
    }
  }
}

function threadProgram(): string | undefined {
  try {
    const path = join(dirname(realpathSync(process.argv[1] ?? '')), 'look-thread.js');
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
