import { Argument, Command } from 'commander';
import { expect, test } from 'vitest';
import { allCommands, commandTree } from '../../../src/cli/completion/command-tree.ts';
import { fishCompletion } from '../../../src/cli/completion/fish.ts';
import { zshCompletion } from '../../../src/cli/completion/zsh.ts';

const program = new Command('tool').description('does things');
const inner = program.command('outer').description('holds others').command('inner').description("it's [inner]: so");
inner.argument('<file>', 'what to read').argument('[name...]').option('-k, --keep <path>', 'kept', 'here');
program.command('pick').addArgument(new Argument('<one>', 'which').choices(['a', 'b']));
const root = commandTree(program);

test('the tree holds what commander knows', () => {
  expect(allCommands(root).map(({ path }) => path.join(' '))).toEqual(['', 'outer', 'outer inner', 'pick']);
  const node = allCommands(root)[2];
  expect(node?.options[0]).toEqual({
    names: ['-k', '--keep'],
    usage: '-k, --keep <path>',
    description: 'kept',
    value: { kind: 'file' },
    preset: 'here',
  });
  expect(node?.arguments.slice(0, 2)).toEqual([
    { name: 'file', usage: '<file>', description: 'what to read', isVariadic: false, value: { kind: 'file' } },
    { name: 'name', usage: '[name...]', description: '', isVariadic: true, value: { kind: 'text' } },
  ]);
  expect(allCommands(root)[3]?.arguments[0]?.value).toEqual({ kind: 'words', words: ['a', 'b'] });
});

test('zsh: quotes, brackets and colons of descriptions are escaped', () => {
  const script = zshCompletion(root);
  expect(script).toContain("'inner:it'\\''s [inner]: so'");
  expect(script).toContain("'(-k --keep)'{-k,--keep}'[kept]:value:_files'");
  expect(script).toContain("':one:(a b)'");
});

test('fish: each command once its words were typed', () => {
  const script = fishCompletion(root);
  expect(script).toContain(
    "complete -c tool -n '__fish_seen_subcommand_from outer; and not __fish_seen_subcommand_from inner' -a inner -d 'it\\'s [inner]: so'",
  );
  expect(script).toContain("complete -c tool -n '__fish_seen_subcommand_from pick' -a 'a b'");
});
