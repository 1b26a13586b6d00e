/** Talks to a harness that plays scenarios on a real kernel: one JSON object a line, in and out. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { HostConfig, RulesetPart, Step } from '../scenario/types.ts';

interface Answer {
  readonly ok: boolean;
  readonly error?: string;
  readonly got?: unknown;
}

/** Stands for the result of a step that could not be done. */
export const noResult = Symbol('no result');

export class KernelDriver {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly waiting: ((answer: Answer) => void)[] = [];

  constructor(command: readonly string[]) {
    const [program = '', ...args] = command;
    this.child = spawn(program, args);
    createInterface({ input: this.child.stdout }).on('line', (line) =>
      this.waiting.shift()?.(JSON.parse(line) as Answer),
    );
    this.child.stderr.resume();
  }

  private ask(message: Record<string, unknown>): Promise<Answer> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.child.stdin.write(`${JSON.stringify(message)}\n`);
    });
  }

  /**
   * Plays a case: the results of its steps, or why it cannot be played. A step inside a connection that never came about has
   * no result.
   */
  async play(
    hosts: Record<string, HostConfig>,
    rules: readonly RulesetPart[],
    steps: readonly Step[],
  ): Promise<unknown[] | string> {
    const built = await this.ask({ cmd: 'build', hosts, quiet_ms: 7 });
    if (!built.ok) return `build: ${built.error}`;
    for (const [host, { ruleset }] of [...Object.entries(hosts), ['router', { ruleset: rules }] as const]) {
      if (ruleset === undefined) continue;
      const loaded = await this.ask({ cmd: 'load', host, ruleset, flush: false });
      if (!loaded.ok) return `load: ${loaded.error}`;
    }
    const results: unknown[] = [];
    const opened = new Set<string>();
    for (const step of steps) {
      const name = step.conn ?? step.flow;
      if (
        name !== undefined &&
        step.op === undefined &&
        !opened.has(name) &&
        (step.mode !== 'socket' || step.conn === undefined)
      ) {
        results.push(noResult);
        continue;
      }
      if (name !== undefined) opened.add(name);
      const answer = await this.ask({ cmd: 'step', ...step });
      const isInside = step.conn !== undefined || step.flow !== undefined;
      if (!answer.ok && !isInside) return `step: ${answer.error}`;
      results.push(answer.ok && !(isInside && answer.got === 'senderr EBADF') ? answer.got : noResult);
    }
    return results;
  }

  async close(): Promise<void> {
    await this.ask({ cmd: 'close' });
    this.child.stdin.end();
  }
}
