/** The thread that evaluates: what nobody waits for any more, threads that hang, and threads that die. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { Evaluator, PolicyTexts } from '../../src/editor/workspace/evaluation.ts';
import { threadEvaluator } from '../../src/editor/workspace/evaluation-worker.ts';

const folder = mkdtempSync(join(tmpdir(), 'ctfw-thread-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Answers with the number of its thread and of the question; a policy's text says what it does before that. */
const program = join(folder, 'program.mjs');
writeFileSync(
  program,
  `import { parentPort, threadId } from 'node:worker_threads';
let question = 0;
parentPort.on('message', ({ ticket, texts }) => {
  question++;
  const [what, milliseconds] = texts.root.text.split(' ');
  if (what === 'die') process.exit(1);
  const end = performance.now() + Number(milliseconds ?? 0);
  while (performance.now() < end);
  const evaluation = { expectations: [], rules: [{ host: \`\${threadId} \${question}\`, kind: 'proved', diagnostics: [] }] };
  parentPort.postMessage({ ticket, evaluation });
});
`,
);

let evaluator: Evaluator;
afterEach(() => evaluator.close());

const policy = (text: string): PolicyTexts => ({ root: { name: 'policy.ctfw', text }, files: [], lock: undefined });

/** The thread, and which of its questions it was. */
async function answer(asked: ReturnType<Evaluator['evaluate']>): Promise<readonly string[] | undefined> {
  return (await asked)?.rules[0]?.host.split(' ');
}

function start(): void {
  evaluator = threadEvaluator(pathToFileURL(program), []);
}

test('a thread goes on from question to question', async () => {
  start();
  const [thread, one] = (await answer(evaluator.evaluate(policy('answer')))) ?? [];
  expect(one).toBe('1');
  expect(await answer(evaluator.evaluate(policy('answer')))).toEqual([thread, '2']);
});

test('what was given up comes to its end, and nobody hears of it', async () => {
  start();
  const first = evaluator.evaluate(policy('answer 200'));
  const second = evaluator.evaluate(policy('answer'));
  expect(await first).toBeUndefined();
  expect((await answer(second))?.[1]).toBe('2');
  const third = evaluator.evaluate(policy('answer 50'));
  evaluator.cancel();
  expect(await third).toBeUndefined();
  expect((await answer(evaluator.evaluate(policy('answer'))))?.[1]).toBe('4');
});

test('a thread that does not come to an end is replaced', async () => {
  start();
  const first = evaluator.evaluate(policy('answer 600000'));
  const second = evaluator.evaluate(policy('answer'));
  expect(await first).toBeUndefined();
  expect((await answer(second))?.[1]).toBe('1');
});

test('a question that takes long by itself keeps its thread', async () => {
  start();
  const first = evaluator.evaluate(policy('answer 100'));
  const second = evaluator.evaluate(policy('answer 1500'));
  expect(await first).toBeUndefined();
  expect((await answer(second))?.[1]).toBe('2');
});

test('of a thread that dies there is no answer; the next question has a new one', async () => {
  start();
  expect(await answer(evaluator.evaluate(policy('die')))).toBeUndefined();
  expect((await answer(evaluator.evaluate(policy('answer'))))?.[1]).toBe('1');
});

test('closing ends what is being asked', async () => {
  start();
  const asked = evaluator.evaluate(policy('answer 600000'));
  await evaluator.close();
  expect(await asked).toBeUndefined();
});
