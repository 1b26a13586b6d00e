/** What a check of `ctfw verify` has to say: one result a question, with everything that formats need. */
import type { SimulatedWay } from '../../expectations/simulated/judged-way.ts';
import type { Flow } from '../../policy/flow.ts';
import type { Span } from '../../source/span.ts';
import type { RuleTexts } from '../trace/rule-texts.ts';

/** `unknown`: it depends on something that is not modelled, which is no success. `skipped`: it could not be asked here. */
export type ResultOutcome = 'passed' | 'failed' | 'unknown' | 'warning' | 'skipped';

export interface Result {
  /** The policy that it is about; the command fills it in. */
  readonly policy?: string;
  /** The stable id of the rule that was checked (SARIF's ruleId): `expectation`, `agreement`, a diagnostic's code. */
  readonly rule: string;
  /** The host of the policy that it is about; empty where it is about the policy alone. */
  readonly host: string;
  /** Who was asked: `policy`, `nft`, `iptables`, the rules of a host, `kernel`. */
  readonly judge: string;
  /** One line that names the question, the same in every run: `line 36: expect internet -> edge 8080/tcp reaches web 80/tcp`. */
  readonly name: string;
  readonly outcome: ResultOutcome;
  /** One sentence: what is wrong, or what passed and how much of it was tried. */
  readonly message: string;
  /** The policy line that it is about. */
  readonly span?: Span;
  /** The packet that shows it, and its way through the rules. */
  readonly evidence?: Evidence;
  /** What it takes for granted, one sentence each. */
  readonly assumptions?: readonly string[];
  /** A way out, as a sentence. */
  readonly help?: string;
}

export interface Evidence {
  readonly flow: Flow;
  readonly ways: readonly SimulatedWay[];
  readonly texts: RuleTexts;
  /** What people know an interface by. */
  readonly nameOf: (interfaceName: string, host: string) => string | undefined;
  /** The way leads over several hosts: each is named. */
  readonly namesHosts?: boolean;
}

export function isFailure({ outcome }: Result): boolean {
  return outcome === 'failed' || outcome === 'unknown';
}
