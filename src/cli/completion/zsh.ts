/** Completion for zsh, in the words of its own completion system. */
import { type ArgumentNode, allCommands, type CommandNode, type OptionNode, type ValueKind } from './command-tree.ts';

/** A script to `source`, or to put as `_ctfw` into a folder of `fpath`: one function a command. */
export function zshCompletion(root: CommandNode): string {
  return `#compdef ${root.name}
# zsh completion for ${root.name}: source <(${root.name} completion zsh)
${allCommands(root)
  .map((node) => commandFunction(root.name, node))
  .join('\n')}
if [ "\${funcstack[1]}" = _${root.name} ]; then _${root.name} "$@"; else compdef _${root.name} ${root.name}; fi
`;
}

function functionName(program: string, { path }: CommandNode): string {
  return `_${[program, ...path].join('_')}`;
}

function commandFunction(program: string, node: CommandNode): string {
  const specs = node.options.map(optionSpec);
  if (node.commands.length === 0) {
    const all = [...specs, ...node.arguments.map(argumentSpec)].map((spec) => `    ${spec}`);
    return `${functionName(program, node)}() {\n  _arguments -s \\\n${all.join(' \\\n')}\n}\n`;
  }
  const all = [...specs, "'1:command:->command'", "'*::argument:->argument'"].map((spec) => `    ${spec}`);
  const commands = node.commands.map(({ name, description }) => `        ${quoted(`${name}:${description}`)}`);
  const cases = node.commands.map((child) => `        ${child.name}) ${functionName(program, child)} ;;`);
  return `${functionName(program, node)}() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -s -C \\
${all.join(' \\\n')}
  case $state in
    command)
      local -a commands
      commands=(
${commands.join('\n')}
      )
      _describe command commands
      ;;
    argument)
      case $words[1] in
${cases.join('\n')}
      esac
      ;;
  esac
}
`;
}

function optionSpec({ names, description, value }: OptionNode): string {
  const shown = `[${escaped(description)}]`;
  const rest = value === undefined ? shown : `${shown}:value:${action(value)}`;
  if (names.length === 1) return quoted(`${names[0] ?? ''}${rest}`);
  return `${quoted(`(${names.join(' ')})`)}{${names.join(',')}}${quoted(rest)}`;
}

function argumentSpec({ name, isVariadic, value }: ArgumentNode): string {
  return quoted(`${isVariadic ? '*' : ''}:${escaped(name)}:${action(value)}`);
}

function action(value: ValueKind): string {
  switch (value.kind) {
    case 'file':
      return '_files';
    case 'words':
      return `(${value.words.join(' ')})`;
    case 'text':
      return ' ';
  }
}

/** Brackets, colons and backslashes mean something in the specifications of _arguments. */
function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
