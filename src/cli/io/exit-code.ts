/** The exit codes of every command. */
export const exitCode = {
  fine: 0,
  /** The input is wrong or the policy does not hold. */
  refused: 1,
  /** We could not run: usage, configuration, our own fault. */
  failed: 2,
  /** No privilege or no netfilter. */
  noPrivilege: 3,
  /** The host is no longer as the plan found it. */
  stale: 4,
  /** Applied, then taken back. */
  rolledBack: 5,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** Something that stops a command, said in one sentence to people; no stack trace. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  constructor(message: string, code: ExitCode = exitCode.failed) {
    super(message);
    this.exitCode = code;
  }
}
