/** A check of `ctfw verify`, and what it is given. Adding one is a file in checks/ and a line in its index. */
import type { Compiled } from '../../compile.ts';
import type { HostView } from '../../host-view/host-view.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { Answers } from './answers.ts';
import type { JudgedRules } from './judged-rules.ts';
import type { Result } from './result.ts';

/** A kind of host that the rules have to be right on. */
export interface Circumstance {
  /** `with br_netfilter`, `without br_netfilter`, `as gathered`. */
  readonly name: string;
  readonly view: HostView;
  readonly meaning: Meaning;
}

/** One host of the policy, ready to be checked. */
export interface Subject {
  readonly compiled: Compiled;
  /** Every host of the policy, this one among them. */
  readonly hosts: () => readonly Subject[];
  /** Whether what is about the policy as a whole is to be said with this host: it is the first that is checked. */
  readonly speaksForPolicy: boolean;
  readonly rules: readonly JudgedRules[];
  readonly circumstances: readonly Circumstance[];
  /** The verifier's, about the first circumstance. */
  readonly answers: Answers;
  /** Whether the view was gathered: then the kernel's lab, which builds the policy's own, says nothing about it. */
  readonly isGathered: boolean;
  /** Most packets that a check tries for each of its questions. */
  readonly most: number;
  /** Percent of what is open to the outside that expectations have to speak of; undefined: nothing is asked. */
  readonly coverageThreshold: number | undefined;
}

export interface Check {
  /** The stable rule id of its results. */
  readonly rule: string;
  /** One line without a full stop. */
  readonly title: string;
  readonly explanation: string;
  /** Whether it is made only when asked for: it needs privilege. */
  readonly needsKernel: boolean;
  readonly run: (subject: Subject) => Promise<readonly Result[]>;
}
