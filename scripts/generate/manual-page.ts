/** docs/ctfw.1: the manual page, made from the commands themselves. */
import { allCommands, type CommandNode, type OptionNode } from '../../src/cli/completion/command-tree.ts';

export function manualPage(root: CommandNode): string {
  const commands = allCommands(root).filter(({ commands: below, path }) => path.length > 0 && below.length === 0);
  return [
    '.\\" Made by npm run generate; changes belong into the commands.',
    '.TH CTFW 1 "" "ctfw" "User Commands"',
    '.SH NAME',
    'ctfw \\- container firewall rules you can read, check and trust',
    '.SH SYNOPSIS',
    ...commands.flatMap((node) => [`.B ${text(words(root, node))}`, `${text(usage(node))}`, '.br']),
    '.SH DESCRIPTION',
    text(root.description),
    'Data goes to standard output; messages go to standard error.',
    '.SH COMMANDS',
    ...commands.flatMap((node) => commandSection(root, node)),
    '.SH OPTIONS',
    ...root.options.flatMap(optionLines),
    ...afterword,
    '',
  ].join('\n');
}

const afterword = `.SH EXIT STATUS
.TP
.B 0
Everything is in order.
.TP
.B 1
The input is wrong, or the policy does not hold.
.TP
.B 2
ctfw could not run: usage, configuration, or a fault of its own.
.TP
.B 3
No privilege, or no netfilter.
.SH FILES
.TP
.I FILE\\fB.lock\\fR
Addresses, host ports and subnets that ctfw gave out for the policy
.IR FILE .
Keep it with the policy, and an edit elsewhere never moves them.
.SH ENVIRONMENT
.TP
.B NO_COLOR
When set and not empty, messages have no colour.
.TP
.B FORCE_COLOR
When set and not 0, messages have colour even where standard error is no terminal.
.SH EXAMPLES
.TP
.B ctfw compile edge.ctfw | nft \\-j \\-f \\-
Compiles a policy and loads the rules.
.TP
.B ctfw check *.ctfw
Says everything that is wrong with some policies.
.TP
.B ctfw explain CTFW3004
Says what a diagnostic means.
.SH SEE ALSO
.BR nft (8),
.BR ip\\-netns (8)`.split('\n');

function words(root: CommandNode, node: CommandNode): string {
  return [root.name, ...node.path].join(' ');
}

function usage(node: CommandNode): string {
  return ['[options]', ...node.arguments.map((argument) => argument.usage)].join(' ');
}

function commandSection(root: CommandNode, node: CommandNode): readonly string[] {
  return [
    `.SS ${text(`${words(root, node)} ${node.arguments.map((argument) => argument.usage).join(' ')}`.trim())}`,
    sentence(node.description),
    ...node.arguments
      .filter(({ description }) => description !== '')
      .flatMap((argument) => ['.TP', `.I ${text(argument.usage)}`, text(argument.description)]),
    ...node.options.filter(({ names }) => !names.includes('--help')).flatMap(optionLines),
  ];
}

function optionLines({ usage: flags, description, preset }: OptionNode): readonly string[] {
  const shown = preset === undefined ? description : `${description} (default: ${preset})`;
  return ['.TP', `.B ${text(flags)}`, text(shown)];
}

function sentence(description: string): string {
  const first = description.slice(0, 1).toUpperCase() + description.slice(1);
  return text(/[.!?]$/.test(first) ? first : `${first}.`);
}

/** Text as roff takes it literally: no escapes, real hyphens, and no line that looks like a request. */
function text(plain: string): string {
  return plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(['.])/, '\\&$1');
}
