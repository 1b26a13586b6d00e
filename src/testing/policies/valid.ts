/** Random policies for everybody: only those that hold no error, since what was drawn may contradict itself. */
import type fc from 'fast-check';
import { check } from '../../compile.ts';
import { emptyLock } from '../../lock/lock.ts';
import { arbitraryPolicyOfHosts } from './arbitrary-hosts.ts';
import { arbitraryPolicyText } from './arbitrary-policy.ts';

/** Policies of one host. */
export const policies: fc.Arbitrary<string> = arbitraryPolicyText.filter(isValid);

/** Policies of two hosts on one link. */
export const policiesOfHosts: fc.Arbitrary<string> = arbitraryPolicyOfHosts.filter(isValid);

function isValid(text: string): boolean {
  const { diagnostics } = check({ name: 'policy', text }, () => ({ error: 'there are no other files' }), emptyLock);
  return diagnostics.every(({ severity }) => severity !== 'error');
}
