/** `ctfw/testing`: matchers for vitest and arbitraries for fast-check, for tests of one's own policies and rules. */
export { type MatcherResult, type PolicyMatchers, policyMatchers } from './matchers.ts';
export { arbitraryConversation as conversations, type ConversationStep } from './packets/arbitrary-conversation.ts';
export { type ArrivingPacket, arbitraryPacket as packets } from './packets/arbitrary-packet.ts';
export { type Mentioned, mentionedIn } from './packets/mentioned.ts';
export { arbitraryFlow as flows, type FlowOnHost } from './policies/arbitrary-flow.ts';
export { type Judgement, judgeFlow, judgementText } from './policies/judge-flow.ts';
export { type PolicyLike, type PolicySource, policyFile } from './policies/policy-source.ts';
export { PolicyError, type Prepared, type PreparedHost, prepare } from './policies/prepared.ts';
export { policies, policiesOfHosts } from './policies/valid.ts';
export { arbitraryMutation as rulesetMutations, type Mutation } from './rulesets/mutations.ts';
export { arbitraryRuleset as rulesets } from './rulesets/tables.ts';
