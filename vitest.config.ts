import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const unit = {
  alias: { 'ctfw/testing': fileURLToPath(new URL('src/testing/index.ts', import.meta.url)) },
  setupFiles: ['test/support/seed.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
};

/** Files that take a minute or more begin first, so that no processor has to wait for one of them in the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => longFiles.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

const longFiles = /apply\/(namespace|faults|faults-iptables|odd-inputs|locked)\.kernel\.test\.ts$/;

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
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
          // A real kernel may lose a packet where the processor was somebody else's; twice is a fault. `SecondAttempts` names them.
          retry: process.env.CI === undefined ? 0 : 1,
        },
      },
    ],
  },
});
