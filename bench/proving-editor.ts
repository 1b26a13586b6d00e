/** From an edit to the proof of the edited policy's rules, in `ctfw lsp` as a process: asked by hovering over the host. */
import { pathToFileURL } from 'node:url';
import { BenchmarkFailure } from './benchmark.ts';
import { startLanguageClient } from './language-client.ts';
import { median } from './statistics.ts';

export interface EditorProofs {
  /** Seconds from opening the policy to its first proof. */
  readonly first: number;
  /** After a statement was taken out or put back: no value is told apart that was not before, or the other way round. */
  readonly again: number;
  /** After a statement with a port of its own was put in. */
  readonly anew: number;
}

/** `host`: its name stands at the beginning of the text, behind `host `. */
export async function editorProofs(ctfw: string, text: string, host: string, edits: number): Promise<EditorProofs> {
  const client = startLanguageClient(process.execPath, [ctfw, 'lsp', '--stdio']);
  const uri = pathToFileURL('/proofs/policy.ctfw').href;
  let version = 1;
  const proved = async (): Promise<number> => {
    const begin = performance.now();
    // A hover waits some seconds for what it tells.
    for (let turn = 0; turn < 20; turn++) {
      const position = { line: 0, character: `host ${host}`.length - 1 };
      const answer = JSON.stringify(await client.request('textDocument/hover', { textDocument: { uri }, position }));
      if (answer.includes('not proved')) throw new BenchmarkFailure(answer);
      if (answer.includes('proved**')) return (performance.now() - begin) / 1000;
    }
    throw new BenchmarkFailure('no proof came');
  };
  const replaced = (line: number, lines: number, by: string): Promise<number> => {
    const range = { start: { line, character: 0 }, end: { line: line + lines, character: 0 } };
    client.notify('textDocument/didChange', {
      textDocument: { uri, version: ++version },
      contentChanges: [{ range, text: by }],
    });
    return proved();
  };
  try {
    await client.request('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
    client.notify('initialized', {});
    client.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'ctfw', version, text } });
    const first = await proved();
    const lines = text.split('\n');
    const statements = lines.flatMap((content, line) => (content.startsWith('allow') ? [line] : []));
    const [again, anew]: [number[], number[]] = [[], []];
    for (let edit = 0; edit < edits; edit++) {
      const line = statements[Math.floor((edit * statements.length) / edits)] ?? 0;
      again.push(await replaced(line, 1, ''), await replaced(line, 0, `${lines[line]}\n`));
    }
    for (let edit = 0; edit < Math.min(edits, 3); edit++)
      anew.push(await replaced(statements[edit] ?? 0, 0, `allow c0 -> c1 ${23_001 + 2 * edit}/tcp\n`));
    await client.request('shutdown', undefined);
    client.notify('exit', undefined);
    await client.ended;
    return { first, again: median(again), anew: median(anew) };
  } finally {
    client.kill();
  }
}
