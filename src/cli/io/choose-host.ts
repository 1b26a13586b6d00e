/** Which host of a policy a command is about. */
import type { Compiled } from '../../compile.ts';
import { CommandError, exitCode } from './exit-code.ts';

/** The host of this name, or the only one. Throws CommandError when there is none, or several to choose from. */
export function chooseHost(compiled: readonly Compiled[], name: string | undefined): Compiled {
  const names = compiled.map(({ host }) => `"${host.name}"`).join(', ');
  const [first, ...others] = name === undefined ? compiled : compiled.filter(({ host }) => host.name === name);
  if (first === undefined) {
    throw new CommandError(`the policy has no host "${name}": it has ${names}`, exitCode.refused);
  }
  if (others.length > 0)
    throw new CommandError(
      `the policy has several hosts: choose one with --host (${names}), or write all of them into a folder with -o`,
    );
  return first;
}
