/** Completion for fish: one `complete` line for each command, option and argument that takes files or known words. */
import { allCommands, type CommandNode, type OptionNode, type ValueKind } from './command-tree.ts';

export function fishCompletion(root: CommandNode): string {
  const lines = allCommands(root).flatMap((node) => nodeLines(root, node));
  return `# fish completion for ${root.name}: ${root.name} completion fish | source\n${[`complete -c ${root.name} -f`, ...lines].join('\n')}\n`;
}

function nodeLines(root: CommandNode, node: CommandNode): readonly string[] {
  const start = `complete -c ${root.name} -n ${quoted(condition(node))}`;
  return [
    ...node.commands.map(({ name, description }) => `${start} -a ${name} -d ${quoted(description)}`),
    ...node.options.map((option) => `${start} ${optionWords(option)} -d ${quoted(option.description)}`),
    ...node.arguments.flatMap(({ value }) => (value.kind === 'text' ? [] : [`${start}${valueWords(value)}`])),
  ];
}

/** When a node's completions are offered: its words were typed and none of its commands was. */
function condition({ path, commands }: CommandNode): string {
  const below = commands.map(({ name }) => name).join(' ');
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const open = path.length === 0 ? '__fish_use_subcommand' : `not __fish_seen_subcommand_from ${below}`;
  return [...seen, ...(commands.length === 0 ? [] : [open])].join('; and ');
}

function optionWords({ names, value }: OptionNode): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return `${flags.join(' ')}${value === undefined ? '' : ` -r${valueWords(value)}`}`;
}

function valueWords(value: ValueKind): string {
  switch (value.kind) {
    case 'file':
      return ' -F';
    case 'words':
      return ` -a ${quoted(value.words.join(' '))}`;
    case 'text':
      return '';
  }
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
