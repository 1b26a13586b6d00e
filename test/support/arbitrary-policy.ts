/** Random policies, as users of `ctfw/testing` get them. */

export { arbitraryPolicyOfHosts } from '../../src/testing/policies/arbitrary-hosts.ts';
export { arbitraryPolicyText } from '../../src/testing/policies/arbitrary-policy.ts';
