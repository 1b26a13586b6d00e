/** The bash script is judged by bash itself. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { bashCompletion } from '../../../src/cli/completion/bash.ts';
import { commandTree } from '../../../src/cli/completion/command-tree.ts';
import { createProgram } from '../../../src/cli/program.ts';

const hasBash = spawnSync('bash', ['--version']).status === 0;

describe.skipIf(!hasBash)('bash completes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ctfw-completion-'));
  writeFileSync(join(folder, 'a policy.ctfw'), '');
  writeFileSync(join(folder, 'edge.ctfw'), '');
  const script = join(folder, '.completion');
  writeFileSync(script, bashCompletion(commandTree(await createProgram({ code: 0 }, '0.0.0'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What is offered for the last of the words. */
  function offered(...words: readonly string[]): readonly string[] {
    const program =
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell fills it in.
      'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ctfw; printf "%s\\n" "${COMPREPLY[@]}"';
    const output = execFileSync('bash', ['--norc', '-c', program, 'bash', script, ...words], { cwd: folder });
    return output
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .sort();
  }

  test('is registered for ctfw', () => {
    const output = execFileSync('bash', ['--norc', '-c', 'source "$1"; complete -p ctfw', 'bash', script]);
    expect(output.toString()).toBe('complete -F _ctfw ctfw\n');
  });

  test('commands, and those below them', () => {
    expect(offered('ctfw', '')).toEqual(expect.arrayContaining(['check', 'compile', 'fmt', 'lab', 'ports']));
    expect(offered('ctfw', 'po')).toEqual(['ports']);
    expect(offered('ctfw', 'lab', '')).toEqual(['down', 'exec', 'test', 'up']);
  });

  test('options of the command at hand', () => {
    expect(offered('ctfw', 'fmt', '--')).toEqual(['--check', '--diff', '--help']);
    expect(offered('ctfw', 'lab', 'test', 'edge.ctfw', '--mo')).toEqual(['--most']);
  });

  test('files where a file is expected, names with blanks whole', () => {
    expect(offered('ctfw', 'check', '')).toEqual(['.completion', 'a policy.ctfw', 'edge.ctfw']);
    expect(offered('ctfw', 'check', 'edge.ctfw', 'a')).toEqual(['a policy.ctfw']);
    expect(offered('ctfw', 'compile', '-o', 'e')).toEqual(['edge.ctfw']);
    expect(offered('ctfw', 'compile', '--output', '=', 'e')).toEqual(['edge.ctfw']);
    expect(offered('ctfw', 'compile', '--locked', 'e')).toEqual(['edge.ctfw']);
  });

  test('nothing where only the user knows', () => {
    expect(offered('ctfw', 'ports', 'edge.ctfw', '')).toEqual([]);
    expect(offered('ctfw', 'compile', '--host', 'e')).toEqual([]);
  });

  test('the words that an argument is one of', () => {
    expect(offered('ctfw', 'completion', '')).toEqual(['bash', 'fish', 'zsh']);
  });
});
