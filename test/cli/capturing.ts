/**
 * Keeps what the program writes to standard output. A test file says
 * `vi.mock('../../src/cli/io/files.ts', async (original) => (await import('./capturing.ts')).capturing(original))`.
 */

export const output = { stdout: '' };

/** Stands for src/cli/io/files.ts: all of it, but standard output is kept. Imports nothing: the program waits for it. */
export async function capturing(original: () => Promise<unknown>): Promise<object> {
  const files = (await original()) as object;
  return { ...files, writeOut: (text: string) => (output.stdout += text) };
}
