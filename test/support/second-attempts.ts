import type { Reporter, TestCase } from 'vitest/node';

/** Names the tests that passed at the second attempt only, and why the first failed: nobody should have to look for them. */
export default class SecondAttempts implements Reporter {
  readonly #lines: string[] = [];

  onTestCaseResult(test: TestCase): void {
    if (test.diagnostic()?.flaky !== true) return;
    const [first] = test.result().errors ?? [];
    this.#lines.push(`passed at the second attempt: ${test.module.relativeModuleId}: ${test.fullName}`);
    if (first !== undefined) this.#lines.push(`  the first: ${first.message}`);
  }

  onTestRunEnd(): void {
    for (const line of this.#lines) console.log(line);
  }
}
