import { expect, test } from 'vitest';
import { startLineProcess } from '../../src/host/line-process.ts';

test('lines come whole, however they are written', async () => {
  const lines: string[] = [];
  const script = 'printf "fir"; sleep 0.1; printf "st\\nsecond\\nthi"; sleep 0.1; printf "rd\\nrest"';
  const child = startLineProcess('sh', ['-c', script], { onLine: (line) => lines.push(line) });
  expect(await child.ended).toEqual({ status: 0, complaint: '' });
  expect(lines).toEqual(['first', 'second', 'third']);
});

test('a very long line comes whole', async () => {
  const lines: string[] = [];
  const child = startLineProcess('cat', [], { onLine: (line) => lines.push(line) });
  child.write('x'.repeat(3_000_000));
  child.endInput();
  await child.ended;
  expect(lines.map((line) => line.length)).toEqual([3_000_000]);
});

test('answers what it is asked and ends with its input', async () => {
  const lines: string[] = [];
  const child = startLineProcess('cat', [], { onLine: (line) => lines.push(line) });
  child.write('one');
  child.write('two');
  child.endInput();
  expect(await child.ended).toEqual({ status: 0, complaint: '' });
  expect(lines).toEqual(['one', 'two']);
  child.write('too late');
});

test('its end says what it complained about', async () => {
  const child = startLineProcess('sh', ['-c', 'echo trouble >&2; exit 4'], { onLine: () => {} });
  expect(await child.ended).toEqual({ status: 4, complaint: 'trouble\n' });
});

test('a command that is missing, and one that is killed', async () => {
  const missing = startLineProcess('no-such-command-here', [], { onLine: () => {} });
  expect(await missing.ended).toEqual({ status: undefined, complaint: 'spawn no-such-command-here ENOENT' });
  const killed = startLineProcess('cat', [], { onLine: () => {} });
  killed.kill('SIGKILL');
  expect(await killed.ended).toEqual({ status: undefined, complaint: '' });
});
