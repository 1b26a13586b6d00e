/** From a keystroke to its diagnostics: `ctfw lsp` as a process, beside `ctfw check` of the same text as a process. */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { type Benchmark, type BenchmarkContext, BenchmarkFailure, type BenchmarkResult } from './benchmark.ts';
import { startLanguageClient } from './language-client.ts';
import { generatePolicy } from './policy-text.ts';
import { timed } from './process.ts';
import { count, median, ratio, seconds } from './statistics.ts';

export const editor: Benchmark = {
  name: 'editor',
  title: 'keystroke to diagnostics, over standard input and output',
  needs: [],
  run: measure,
};

/** Containers that make a policy of about so many lines. */
const sizes = [
  { lines: 2000, containers: 385 },
  { lines: 10_000, containers: 1950 },
] as const;
const goal = { lines: 2000, seconds: 0.05 } as const;
const typed = 'allow c0 -> nowhere 5432/tcp # and a comment behind it, as long as it takes';
/** Longer than any diagnostics may take, in milliseconds. */
const tooLong = 60_000;

async function measure({ ctfw, short, scratch, progress }: BenchmarkContext): Promise<BenchmarkResult> {
  const rows: string[][] = [];
  for (const { lines, containers } of short ? sizes.slice(0, 1) : sizes) {
    progress(`editor ${lines} lines`);
    const { text } = generatePolicy(containers);
    const times = await keystrokes(ctfw, text, short ? 15 : 60);
    const path = `${scratch}/editor-${lines}.ctfw`;
    await writeFile(path, text);
    const checks: number[] = [];
    for (let round = 0; round < 5; round++) checks.push(await timed(process.execPath, [ctfw, 'check', path]));
    const sorted = times.toSorted((left, right) => left - right);
    rows.push([
      `${count(text.split('\n').length)} lines`,
      seconds(median(times)),
      seconds(sorted[Math.floor(sorted.length * 0.9)] ?? Number.NaN),
      seconds(median(checks)),
      ratio(median(times), median(checks)),
    ]);
  }
  return {
    header: ['policy', 'keystroke, median', 'slowest tenth', 'ctfw check', 'ratio'],
    rows,
    notes: [`Goal for ${count(goal.lines)} lines: under ${goal.seconds * 1000} ms from the change to its diagnostics.`],
    notRun: [],
  };
}

/** Types a statement with a mistake, letter by letter, and gives the seconds from each letter to the diagnostics of that version. */
async function keystrokes(ctfw: string, text: string, letters: number): Promise<number[]> {
  const client = startLanguageClient(process.execPath, [ctfw, 'lsp', '--stdio']);
  try {
    const arrived = new Map<number, () => void>();
    client.onNotification('textDocument/publishDiagnostics', ({ version }) => arrived.get(Number(version))?.());
    await client.request('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
    client.notify('initialized', {});
    const uri = pathToFileURL('/keystrokes/policy.ctfw').href;
    const change = async (version: number, method: string, params: object): Promise<number> => {
      const begin = performance.now();
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new BenchmarkFailure('no diagnostics came')), tooLong);
        arrived.set(version, () => {
          clearTimeout(timer);
          resolve();
        });
        client.notify(method, params);
      });
      return (performance.now() - begin) / 1000;
    };
    await change(1, 'textDocument/didOpen', { textDocument: { uri, languageId: 'ctfw', version: 1, text } });
    const lines = text.split('\n');
    const line = lines.findIndex((content, index) => index >= lines.length / 2 && content === '}') + 1;
    const times: number[] = [];
    for (let index = 0; index < letters; index++) {
      const place = { line, character: index };
      const letter = index === 0 ? `${typed.charAt(0)}\n` : typed.charAt(index);
      times.push(
        await change(index + 2, 'textDocument/didChange', {
          textDocument: { uri, version: index + 2 },
          contentChanges: [{ range: { start: place, end: place }, text: letter }],
        }),
      );
    }
    await client.request('shutdown', undefined);
    client.notify('exit', undefined);
    await client.ended;
    return times;
  } finally {
    client.kill();
  }
}
