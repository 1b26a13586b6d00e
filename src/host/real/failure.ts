/** Why a command did not do what it was asked to. */
import type { Failure } from '../contract/host.ts';
import type { RunResult } from '../run.ts';

const privilegeWords = /operation not permitted|permission denied|must be root|you are not root|CAP_NET_ADMIN/i;

/** Statuses with which `env`, `nsenter` and `ip netns exec` say that there is no such command. */
const noSuchCommand: ReadonlySet<number> = new Set([127]);

export function failureOfRun(result: RunResult, tool: string): Failure {
  switch (result.kind) {
    case 'not-started':
      return { kind: 'no-tool', message: `${tool} could not be started (${result.message})` };
    case 'stopped':
      return { kind: 'unanswered', message: `${tool} was ended before it was done (${result.why})` };
    case 'exited': {
      const said = (result.stderr.trim() || result.stdout.trim() || `status ${result.status}`).slice(0, 2000);
      const message = `${tool}: ${said}`;
      if (noSuchCommand.has(result.status)) return { kind: 'no-tool', message };
      if (privilegeWords.test(said)) return { kind: 'no-privilege', message };
      if (/message too long|no buffer space/i.test(said)) return { kind: 'too-long', message };
      return { kind: 'refused', message };
    }
  }
}
