import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // The main process has little to do: all processors are for tests.
    maxWorkers: availableParallelism(),
    projects: [
      {
        test: {
          name: 'unit',
          // No module keeps state, so that files can share them: loading them again for each file takes a third of the time.
          isolate: false,
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          alias: { 'ctfw/testing': fileURLToPath(new URL('src/testing/index.ts', import.meta.url)) },
          exclude: ['test/**/*.kernel.test.ts'],
          setupFiles: ['test/support/seed.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'kernel',
          include: ['test/**/*.kernel.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
