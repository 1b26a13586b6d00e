/** A runner that remembers what commands printed, and one that gives it back without any command. */
import type { Runner } from '../../../src/host/gather/runner.ts';
import type { RunResult } from '../../../src/host/run.ts';

/** Results by command line, its input behind it. */
export type Recording = Readonly<Record<string, RunResult>>;

function keyOf(command: string, args: readonly string[], input: string | undefined): string {
  return [command, ...args].join(' ') + (input === undefined ? '' : `\n${input}`);
}

export function recording(runner: Runner): { readonly runner: Runner; readonly recorded: Record<string, RunResult> } {
  const recorded: Record<string, RunResult> = {};
  return {
    recorded,
    runner: async (command, args, options) => {
      const result = await runner(command, args, options);
      recorded[keyOf(command, args, options?.input)] = result;
      return result;
    },
  };
}

/** Commands that were not recorded are not installed. */
export function replay(recorded: Recording, asked: string[] = []): Runner {
  return async (command, args, options) => {
    const key = keyOf(command, args, options?.input);
    asked.push(key);
    return recorded[key] ?? { kind: 'not-started', message: `spawn ${command} ENOENT` };
  };
}
