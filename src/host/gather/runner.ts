/** Who runs the commands that gather: this process in its own namespace, or the same commands inside another one. */
import { type RunOptions, type RunResult, run } from '../run.ts';
import type { GatheredPart, Missing } from './gathered.ts';

/** Runs one command without a shell; never rejects. */
export type Runner = (command: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>;

/** Runs commands in the namespaces of this process. */
export const ownNamespace: Runner = run;

/** Runs commands behind others: `['nsenter', '--net=/proc/7/ns/net']`, `['ip', 'netns', 'exec', 'edge']`. */
export function behind(prefix: readonly [string, ...string[]]): Runner {
  const [command, ...words] = prefix;
  return (inner, args, options) => run(command, [...words, inner, ...args], options);
}

/** Runs commands in the network namespace that `ip netns` knows by this name. */
export function inNamedNamespace(name: string): Runner {
  return behind(['ip', 'netns', 'exec', name]);
}

/** What a command printed, or why there is nothing. */
export type Printed =
  | { readonly kind: 'printed'; readonly text: string }
  | { readonly kind: 'missing'; readonly missing: Missing };

/** Runs a command that prints one part of the host. */
export async function print(
  runner: Runner,
  part: GatheredPart,
  command: readonly [string, ...string[]],
  options?: RunOptions,
): Promise<Printed> {
  const [name, ...args] = command;
  const result = await runner(name, args, options);
  if (result.kind === 'exited' && result.status === 0) return { kind: 'printed', text: result.stdout };
  return { kind: 'missing', missing: failureOf(part, command.join(' '), result) };
}

/** What messages of the kernel and of these tools say when it is privilege that lacks. */
const privilegeWords = /operation not permitted|permission denied|must be root|you are not root|CAP_NET_ADMIN/i;

/** Statuses with which `ip netns exec`, `nsenter` and `env` say that there is no such command. */
const noSuchCommand = /no such file or directory|command not found/i;

/** Why a command gave nothing, in a sentence. */
export function failureOf(part: GatheredPart, command: string, result: RunResult): Missing {
  switch (result.kind) {
    case 'not-started':
      return { part, why: 'tool', message: `${part}: \`${command}\` could not be started (${result.message}).` };
    case 'stopped':
      return { part, why: 'failed', message: `${part}: \`${command}\` was stopped (${result.why}).` };
    case 'exited': {
      const said = firstLine(result.stderr) ?? firstLine(result.stdout) ?? `status ${result.status}`;
      if (privilegeWords.test(result.stderr))
        return { part, why: 'privilege', message: `${part}: \`${command}\` needs more privilege (${said}).` };
      const why = result.status === 127 || (result.status === 255 && noSuchCommand.test(said)) ? 'tool' : 'failed';
      return { part, why, message: `${part}: \`${command}\` failed (${said}).` };
    }
  }
}

function firstLine(text: string): string | undefined {
  const line = text.trim().split('\n')[0]?.trim();
  return line === undefined || line === '' ? undefined : line.slice(0, 200);
}
