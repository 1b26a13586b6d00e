/** Runs a command on the caller's own terminal: it reads what the user types and writes where the user looks. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Runs a command without a shell and gives its exit status: 128 + signal number when a signal ended it, 127 when it did not start. */
export function runInTerminal(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args], { stdio: 'inherit' });
    child.on('error', () => resolve(127));
    child.on('close', (status, signal) => resolve(status ?? 128 + (signal === null ? 0 : signalNumber(signal))));
  });
}

function signalNumber(signal: NodeJS.Signals): number {
  return constants.signals[signal];
}
