/** What a verification found, in one sentence. */
import type { Verification } from './installer.ts';

export function describe(verification: Verification): string {
  switch (verification.kind) {
    case 'same':
      return 'what is loaded is what was applied';
    case 'differs': {
      const [first = 'something', ...others] = verification.differences;
      return `what is loaded is not what was applied: ${first}${others.length === 0 ? '' : `, and ${others.length} more differences`}`;
    }
    case 'unreadable':
      return `what is loaded cannot be read: ${verification.failure.message}`;
  }
}
