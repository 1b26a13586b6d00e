/** A target has no rules for what a policy says. */
export class NoRules extends Error {}
