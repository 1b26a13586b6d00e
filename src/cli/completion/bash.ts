/** Completion for bash 3.2 and newer, without the bash-completion package. */
import { allCommands, type CommandNode, type ValueKind } from './command-tree.ts';

/** A script to `source`: it walks the words typed so far down the command tree, then offers what fits. */
export function bashCompletion(root: CommandNode): string {
  const nodes = allCommands(root);
  return `# bash completion for ${root.name}: source <(${root.name} completion bash)
_${root.name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} command=/ expects='' position=0 words='' word index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    [ "$word" = = ] && continue
    if [ -n "$expects" ]; then expects=''; continue; fi
    case "$command $word" in
${nodes.flatMap((node) => node.commands.map((child) => `      '${pathKey(node)} ${child.name}') command=${pathKey(child)} ;;`)).join('\n')}
      ${casePattern(nodes.flatMap(valueOptions).map(({ key }) => key))}) expects=$word ;;
      *' '-?*) ;;
      *) position=$((position + 1)) ;;
    esac
  done
  [ "$current" = = ] && current=''
  if [ -n "$expects" ]; then
    case "$command $expects" in
${valueCases(nodes.flatMap(valueOptions))}
    esac
  elif [ "\${current:0:1}" = - ] && [ "$current" != - ]; then
    case $command in
${nodes.map((node) => `      ${pathKey(node)}) words='${node.options.flatMap(longNames).join(' ')}' ;;`).join('\n')}
    esac
  else
    case $command in
${nodes
  .filter(({ commands }) => commands.length > 0)
  .map((node) => `      ${pathKey(node)}) words='${node.commands.map(({ name }) => name).join(' ')}' ;;`)
  .join('\n')}
    esac
    case "$command $position" in
${valueCases(nodes.flatMap(argumentPlaces))}
    esac
  fi
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(
    if [ "$words" = @files ]; then compgen -f -- "$current"; else compgen -W "$words" -- "$current"; fi
  )
  if [ "$words" = @files ]; then compopt -o filenames 2>/dev/null; fi
  return 0
}
complete -F _${root.name} ${root.name}
`;
}

interface Place {
  /** A pattern of `case`, its words quoted. */
  readonly key: string;
  readonly value: ValueKind;
}

function pathKey({ path }: CommandNode): string {
  return `/${path.join('/')}`;
}

function valueOptions(node: CommandNode): readonly Place[] {
  return node.options.flatMap(({ names, value }) =>
    value === undefined ? [] : names.map((name) => ({ key: `'${pathKey(node)} ${name}'`, value })),
  );
}

function argumentPlaces(node: CommandNode): readonly Place[] {
  return node.arguments.map(({ isVariadic, value }, index) => ({
    key: isVariadic ? `'${pathKey(node)} '*` : `'${pathKey(node)} ${index}'`,
    value,
  }));
}

function valueCases(places: readonly Place[]): string {
  const lines = places.flatMap(({ key, value }) => {
    if (value.kind === 'text') return [];
    return [`      ${key}) words='${value.kind === 'file' ? '@files' : value.words.join(' ')}' ;;`];
  });
  return [...lines, '      *) ;;'].join('\n');
}

function casePattern(keys: readonly string[]): string {
  return keys.length === 0 ? "''" : keys.join(' | ');
}

function longNames({ names }: { readonly names: readonly string[] }): readonly string[] {
  const long = names.filter((name) => name.startsWith('--'));
  return long.length > 0 ? long : names;
}
