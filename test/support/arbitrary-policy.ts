/** Random policies, as users of `ctfw/testing` get them. */
export { arbitraryPolicyText } from '../../src/testing/policies/arbitrary-policy.ts';
