/** What the verifier says about one host of a policy: questions that several checks ask, answered once. */
import type { Meaning } from '../../policy/decide.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { type Findings, findingsOf, type ProvedExpected, prove, proveExpecting } from '../../verifier/verifier.ts';
import { chainOrderOf, type JudgedRules } from './judged-rules.ts';

/** Counterexamples told one by one: each of another kind. */
const mostTold = 3;

export class Answers {
  private readonly meaning: Meaning;
  private readonly proofs = new Map<readonly Ruleset[], ProvedExpected>();
  private readonly onOneHost: boolean;
  private found: Findings | undefined;

  /** `onOneHost`: no other host, no switch; elsewhere expectations are about whole ways. */
  constructor(meaning: Meaning, onOneHost: boolean) {
    this.meaning = meaning;
    this.onOneHost = onOneHost;
  }

  get findings(): Findings {
    this.found ??= findingsOf(this.meaning);
    return this.found;
  }

  /** The proof of rules, and for ours the expectations by them: rules found on a host are asked about those in a space of their own. */
  proof(rules: JudgedRules): ProvedExpected {
    const { rulesets, isOurs } = rules;
    let proof = this.proofs.get(rulesets);
    if (proof === undefined) {
      const options = { most: mostTold, chainOrder: chainOrderOf(rules) };
      proof =
        isOurs && this.onOneHost
          ? proveExpecting(this.meaning, rulesets, 'rules', options)
          : { proof: prove(this.meaning, rulesets, options), expected: undefined };
      this.proofs.set(rulesets, proof);
    }
    return proof;
  }
}
