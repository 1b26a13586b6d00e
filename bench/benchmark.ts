/** What a benchmark is: what it needs, and one function that measures and gives a table. Each result stands beside something real. */

/** What this machine offers; a benchmark that needs more is not run. */
export type Requirement = 'root' | 'nft' | 'iptables' | 'python3' | 'ferm';

export interface BenchmarkContext {
  /** The repository, with a slash at its end. */
  readonly root: string;
  /** The executable that is measured: a JavaScript file. */
  readonly ctfw: string;
  /** A directory of this run, deleted at its end. */
  readonly scratch: string;
  /** Fewer sizes and repetitions: all benchmarks together take less than a minute. */
  readonly short: boolean;
  /** What of the given requirements is missing here, as a sentence; undefined: nothing. */
  readonly missing: (requirements: readonly Requirement[]) => string | undefined;
  /** Says on standard error what is being measured. */
  readonly progress: (text: string) => void;
}

export interface BenchmarkResult {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What the figures are and are not. */
  readonly notes: readonly string[];
  /** Parts that this machine could not measure, each with the reason. */
  readonly notRun: readonly string[];
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  readonly needs: readonly Requirement[];
  readonly run: (context: BenchmarkContext) => Promise<BenchmarkResult>;
}

/** What was to be measured does not work: rules that do not load, a connection refused. Never a matter of time. */
export class BenchmarkFailure extends Error {}
