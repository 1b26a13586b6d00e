/** Matchers for vitest: `expect(policy).toBlock('internet -> db 5432/tcp')`. Register with `expect.extend(policyMatchers)`. */
import { judgeFlow, judgementText } from './policies/judge-flow.ts';
import type { PolicyLike } from './policies/policy-source.ts';

/** What vitest takes from a matcher. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

function match(policy: PolicyLike, flow: string, outcome: string): MatcherResult {
  const judgement = judgeFlow(policy, flow, outcome);
  return { pass: judgement.kind === 'holds', message: () => judgementText(judgement, flow, outcome) };
}

/** The matchers, by name. Each is about every packet of a flow, and throws for flows that no packet belongs to. */
export const policyMatchers = {
  /** Every packet of the flow gets through. */
  toAllow: (policy: PolicyLike, flow: string): MatcherResult => match(policy, flow, 'allowed'),
  /** No packet of the flow gets through, whether silently or with an answer. */
  toBlock: (policy: PolicyLike, flow: string): MatcherResult => match(policy, flow, 'blocked'),
  /** Every packet of the flow is answered with a rejection. */
  toReject: (policy: PolicyLike, flow: string): MatcherResult => match(policy, flow, 'rejected'),
  /** The flow ends in a container: `web`, or `web 80/tcp`. */
  toReach: (policy: PolicyLike, flow: string, container: string): MatcherResult =>
    match(policy, flow, `reaches ${container}`),
  /** What leaves the host does so with this source address. */
  toLeaveAs: (policy: PolicyLike, flow: string, address: string): MatcherResult =>
    match(policy, flow, `leaves as ${address}`),
};

/** The matchers as `expect(policy)` offers them. */
export interface PolicyMatchers<R = unknown> {
  toAllow(flow: string): R;
  toBlock(flow: string): R;
  toReject(flow: string): R;
  toReach(flow: string, container: string): R;
  toLeaveAs(flow: string, address: string): R;
}

declare module 'vitest' {
  interface Matchers<T> extends PolicyMatchers<T> {}
}
