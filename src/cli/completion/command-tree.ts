/** The commands, options and arguments of `ctfw` as data, read from commander's own program: what completion and the manual rest on. */
import type { Argument, Command, Option } from 'commander';

/** What may stand in a place: a file, one of a few words, or something that only the user knows. */
export type ValueKind =
  | { readonly kind: 'file' }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'text' };

export interface OptionNode {
  /** As typed, the short one first: `-o`, `--output`. */
  readonly names: readonly string[];
  /** As commander writes it: `-o, --output <file>`. */
  readonly usage: string;
  readonly description: string;
  /** The value that it takes; undefined for a switch. */
  readonly value: ValueKind | undefined;
  /** The default, where it is a text. */
  readonly preset: string | undefined;
}

export interface ArgumentNode {
  readonly name: string;
  /** As in a usage line: `<file>`, `[file...]`. */
  readonly usage: string;
  readonly description: string;
  readonly isVariadic: boolean;
  readonly value: ValueKind;
}

export interface CommandNode {
  readonly name: string;
  /** The words that lead to it, without `ctfw`. */
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly OptionNode[];
  readonly arguments: readonly ArgumentNode[];
  readonly commands: readonly CommandNode[];
}

/** The tree of a program; commander's own `help` command and hidden ones are left out. */
export function commandTree(command: Command, path: readonly string[] = []): CommandNode {
  const help = command.createHelp();
  return {
    name: command.name(),
    path,
    description: command.description(),
    options: help.visibleOptions(command).map(optionNode),
    arguments: command.registeredArguments.map(argumentNode),
    commands: help
      .visibleCommands(command)
      .filter((child) => command.commands.includes(child))
      .map((child) => commandTree(child, [...path, child.name()])),
  };
}

/** The node and all below it. */
export function allCommands(node: CommandNode): readonly CommandNode[] {
  return [node, ...node.commands.flatMap(allCommands)];
}

function optionNode(option: Option): OptionNode {
  const valueName = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1];
  return {
    names: [option.short, option.long].flatMap((name) => name ?? []),
    usage: option.flags,
    description: option.description,
    value: valueName === undefined ? undefined : valueKind(valueName, option.argChoices),
    preset: typeof option.defaultValue === 'string' ? option.defaultValue : undefined,
  };
}

function argumentNode(argument: Argument): ArgumentNode {
  const name = argument.name();
  const inner = `${name}${argument.variadic ? '...' : ''}`;
  return {
    name,
    usage: argument.required ? `<${inner}>` : `[${inner}]`,
    description: argument.description,
    isVariadic: argument.variadic,
    value: valueKind(name, argument.argChoices),
  };
}

/** Places called `file`, `path`, `folder` or `directory` hold files; places with declared choices hold those. */
function valueKind(name: string, choices: readonly string[] | undefined): ValueKind {
  if (choices !== undefined) return { kind: 'words', words: choices };
  return /^(file|path|folder|directory|dir|out)(\.\.\.)?$/i.test(name) ? { kind: 'file' } : { kind: 'text' };
}
