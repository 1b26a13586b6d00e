import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const unit = {
  alias: { 'ctfw/testing': fileURLToPath(new URL('src/testing/index.ts', import.meta.url)) },
  setupFiles: ['test/support/seed.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    // The main process has little to do: all processors are for tests.
    maxWorkers: availableParallelism(),
    projects: [
      {
        test: {
          ...unit,
          name: 'unit',
          // No module keeps state, so files can share them: loading them again for each takes a third of the time.
          isolate: false,
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: ['test/**/*.kernel.test.ts', 'test/cli/**'],
        },
      },
      {
        test: {
          ...unit,
          name: 'program',
          // Standard output is replaced in modules before they are loaded.
          include: ['test/cli/**/*.test.ts'],
          exclude: ['test/**/*.kernel.test.ts'],
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
