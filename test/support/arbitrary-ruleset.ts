/** Random rulesets, as users of `ctfw/testing` get them. */
export { arbitraryRuleset } from '../../src/testing/rulesets/tables.ts';
