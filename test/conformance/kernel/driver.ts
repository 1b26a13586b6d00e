/** Talks to a harness that plays scenarios on a real kernel: one JSON object a line, in and out. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { HostConfig, RulesetConfig, RulesetPart, Scenario, Step } from '../scenario/types.ts';

export interface Answer {
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

  /** Builds the network and loads each host's rules, and the router's; why not, if that fails. */
  async prepare(
    { hosts, quiet_ms, sctp }: Pick<Scenario, 'hosts' | 'quiet_ms' | 'sctp'>,
    rules: RulesetConfig | undefined,
  ): Promise<string | undefined> {
    const built = await this.ask({ cmd: 'build', hosts, quiet_ms: quiet_ms ?? 7, ...(sctp && { sctp }) });
    if (!built.ok) return `build: ${built.error}`;
    for (const [host, { ruleset }] of [...Object.entries(hosts), ['router', { ruleset: rules }] as const]) {
      if (ruleset === undefined || (Array.isArray(ruleset) && ruleset.length === 0)) continue;
      const loaded = await this.ask({ cmd: 'load', host, ruleset, flush: false });
      if (!loaded.ok) return `load: ${loaded.error}`;
    }
    return undefined;
  }

  /** Does one step. The name of a command's text is taken in the harness's own messages: commands go in as rules that a shell loads. */
  step({ cmd, ...step }: Step): Promise<Answer> {
    if (step.op === 'exec') {
      return this.ask({ cmd: 'step', ...step, op: 'ruleset', flush: false, ruleset: { type: 'sh', text: cmd ?? '' } });
    }
    return this.ask({ cmd: 'step', ...step });
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
    const failed = await this.prepare({ hosts }, rules);
    if (failed !== undefined) return failed;
    const results: unknown[] = [];
    const opened = new Set<string>();
    for (const step of steps) {
      const name = step.conn ?? step.flow;
      const opens = step.mode === 'socket' && step.conn !== undefined;
      if (name !== undefined && step.op === undefined && !opened.has(name) && !opens) {
        results.push(noResult);
        continue;
      }
      if (name !== undefined) opened.add(name);
      const answer = await this.step(step);
      if (!answer.ok && name === undefined) return `step: ${answer.error}`;
      results.push(answer.ok && !(name !== undefined && answer.got === 'senderr EBADF') ? answer.got : noResult);
    }
    return results;
  }

  async close(): Promise<void> {
    await this.ask({ cmd: 'close' });
    this.child.stdin.end();
  }
}

/** The harness: `kernel/lab.py` of CTFW_CONFORMANCE_DIR, or the command in CTFW_KERNEL_DRIVER. */
export function driverCommand(): readonly string[] {
  const own = process.env.CTFW_KERNEL_DRIVER;
  if (own !== undefined) return own.split(' ');
  const folder = process.env.CTFW_CONFORMANCE_DIR;
  if (folder === undefined) throw new Error('set CTFW_CONFORMANCE_DIR or CTFW_KERNEL_DRIVER');
  return ['python3', join(folder, 'kernel/lab.py'), 'serve'];
}
