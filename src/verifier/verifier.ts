/**
 * The verifier's entry. Everything is a question about one space of packets (`spaceOf` for rules alone, `proofSpace` with a
 * policy): what rules do (`behaviourOf`), what a policy means (`MeaningDiagrams`), where two of these part (`compare`),
 * whether rules do what is meant (`prove`). Sets are numbers of `space.diagrams`; `groupsBy` and `valuesOf` tell them to people.
 */

export { type Ends, endsText } from './describe/ends.ts';
export { FlowDescriber, type FlowGroup } from './describe/flow-groups.ts';
export { listed } from './describe/ranges.ts';
export type { ChangeExample, ChangeKind, Comparison, FlowChange, PacketsOf } from './diff/change.ts';
export { type CompareOptions, compareRules } from './diff/compare-rules.ts';
export {
  type Expected,
  type ExpectedRules,
  expectedOf,
  type ProvedExpected,
  proveExpecting,
  type ViolatingPacket,
} from './expected/expected.ts';
export { type Finding, type Findings, findingsOf, type Opening } from './findings/findings.ts';
export { completedView, wiringOf } from './meaning/completed-view.ts';
export { MeaningDiagrams, type Meant } from './meaning/meant.ts';
export { asSent, type Changes, compare, exampleOf } from './proof/compare.ts';
export { type Counterexample, fateText, flowOf, sentText } from './proof/counterexample.ts';
export type { ExamplePacket } from './proof/example.ts';
export { KeptSpaces } from './proof/kept-spaces.ts';
export {
  type Proof,
  type ProofSubject,
  type Proved,
  proofSpace,
  proofSubject,
  prove,
  type Refuted,
  type Undecided,
} from './proof/prove.ts';
export { firstPacket } from './proof/replay.ts';
export { firstPacketFields, Universe } from './proof/universe.ts';
export { type MergedView, mergedView } from './questions/merged-view.ts';
export {
  type AskedEnd,
  type AskedService,
  type Decider,
  placeNames,
  type Reach,
  type ReachQuestion,
  reachOf,
} from './questions/reach.ts';
export { type GuessedView, viewOfRules } from './questions/view-of-rules.ts';
export { type Behaviour, behaviourOf } from './run/behaviour.ts';
export type { Observer, RulePlace } from './run/chains/chain.ts';
export { type Diagrams, empty, everything, type SetId } from './sets/diagrams.ts';
export { countClasses } from './space/count.ts';
export type { Field } from './space/fields.ts';
export { type Group, groupsBy, onlyFields, type ValueRange, valuesOf } from './space/groups.ts';
export type { Space } from './space/space.ts';
export { type SpaceContents, spaceOf } from './space/space-of.ts';
