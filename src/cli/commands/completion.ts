/** `ctfw completion SHELL`: a completion script made from the program's own commands. */
import { Argument, type Command } from 'commander';
import { bashCompletion } from '../completion/bash.ts';
import { type CommandNode, commandTree } from '../completion/command-tree.ts';
import { fishCompletion } from '../completion/fish.ts';
import { zshCompletion } from '../completion/zsh.ts';
import { writeOut } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';

type Shell = 'bash' | 'zsh' | 'fish';

const scripts: Readonly<Record<Shell, (root: CommandNode) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

export function addCompletion(program: Command, _outcome: Outcome): void {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(Object.keys(scripts)))
    .addHelpText(
      'after',
      `
bash: source <(ctfw completion bash)
zsh:  source <(ctfw completion zsh)
fish: ctfw completion fish | source`,
    )
    .action((shell: Shell) => writeOut(scripts[shell](commandTree(program))));
}
