/** Talks to a harness that plays scenarios on a real kernel: one JSON object a line, in and out. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { HostConfig, RulesetPart, Step } from '../scenario/types.ts';

interface Answer {
  readonly ok: boolean;
  readonly error?: string;
  readonly got?: unknown;
}

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

  /** Plays a case: the results of its steps, or why it cannot be played. */
  async play(
    hosts: Record<string, HostConfig>,
    rules: readonly RulesetPart[],
    steps: readonly Step[],
  ): Promise<unknown[] | string> {
    const built = await this.ask({ cmd: 'build', hosts, quiet_ms: 7 });
    if (!built.ok) return `build: ${built.error}`;
    const loaded = await this.ask({ cmd: 'load', host: 'router', ruleset: rules, flush: false });
    if (!loaded.ok) return `load: ${loaded.error}`;
    const results: unknown[] = [];
    for (const step of steps) {
      const answer = await this.ask({ cmd: 'step', ...step });
      if (!answer.ok) return `step: ${answer.error}`;
      results.push(answer.got);
    }
    return results;
  }

  async close(): Promise<void> {
    await this.ask({ cmd: 'close' });
    this.child.stdin.end();
  }
}
