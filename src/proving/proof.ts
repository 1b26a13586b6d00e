/** The proof of what is about to be emitted: of the rules as they are read again from the document, not as they were made. */
import type { Compiled } from '../compile.ts';
import { proofUndecided, rulesRefuted } from '../diagnostics/catalogue/compile.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import { type ExpectationResult, formatFlow } from '../expectations/evaluate.ts';
import { universalExpectations } from '../expectations/universal/universal.ts';
import { isSpread } from '../model/on-host.ts';
import { type Counterexample, type Expected, type Proof, proveExpecting, sentText } from '../verifier/verifier.ts';
import { type RuleTarget, type WrittenRules, writtenRules } from './emitted-rules.ts';
import type { KeptProof } from './kept-proof.ts';

export interface CompiledProof {
  readonly proof: Proof;
  /** The rules that were read: what is written is what was proved. */
  readonly written: WrittenRules;
  /** In the order of the statements: for every packet where the verifier judges it, by the meaning that the rules are proved to have. */
  readonly expectations: readonly ExpectationResult[];
  /** What is wrong with ctfw itself: a counterexample that nobody confirms. */
  readonly fault: string | undefined;
}

/** Proves the rules of a policy that was compiled for `target`, and its expectations for every packet. `kept`: from the last proof, for the next. */
export function proofOf(compiled: Compiled, target: RuleTarget, kept?: KeptProof): CompiledProof {
  const { written, rulesets } = writtenRules(compiled, target, kept?.reading);
  const { proof, expected } = proveExpecting(compiled.meaning, rulesets, 'meaning', { kept: kept?.spaces });
  const expectations = expectationsOf(compiled, expected);
  return { proof, written, expectations, fault: faultOf(proof) ?? unconfirmed(expectations) };
}

/** Along several hosts packets of every class have been judged. */
function expectationsOf(
  { policy, meaning, expectations }: Compiled,
  expected: readonly Expected[] | undefined,
): readonly ExpectationResult[] {
  if (expectations.length === 0) return [];
  return isSpread(policy) ? expectations : universalExpectations(meaning, undefined, expected);
}

/** The verifier is wrong where a counterexample does not stand. */
function faultOf(proof: Proof): string | undefined {
  if (proof.kind !== 'undecided' || !proof.internal) return undefined;
  const { obligation, packets } = proof.counterexample;
  return `the proof found a counterexample that the simulator does not confirm (${obligation}): ${packets.map(sentText).join('; ')}`;
}

/** Verifier and decide() speak of the same policy: where they part, one of them is wrong. */
function unconfirmed(results: readonly ExpectationResult[]): string | undefined {
  for (const result of results)
    if (result.kind === 'fails' && result.decision.verdict === 'unknown')
      return `${result.decision.because.text}, for ${formatFlow(result.flow)}`;
  return undefined;
}

/** What a proof that failed has to say; `place` is the host's, for packets that no statement decides about. */
export function proofDiagnostics(proof: Proof, place: Diagnostic['span']): readonly Diagnostic[] {
  switch (proof.kind) {
    case 'proved':
      return [];
    case 'refuted':
      return proof.counterexamples.map((example) => counterexampleDiagnostic(example, place));
    case 'undecided': {
      if (proof.internal) return [];
      const { restsOn } = proof.counterexample;
      const message = `it is not known whether the rules do what the policy means: that rests on ${restsOn.join(', ')}`;
      return [report(proofUndecided, place, message)];
    }
  }
}

function counterexampleDiagnostic(example: Counterexample, place: Diagnostic['span']): Diagnostic {
  const { decision, expected, got, packets, obligation } = example;
  const said = decision.because.span;
  const conversation = packets.map(sentText).join(', then ');
  return report(
    rulesRefuted,
    said ?? place,
    `the rules are not what the policy means (${obligation}): for ${conversation}`,
    {
      help: `meant is: ${expected}; what happens: ${got}. Its path: ${pathText(example)}`,
    },
  );
}

/** The rules that the judged packet met and that did something. */
function pathText({ trace }: Counterexample): string {
  const steps = trace.flatMap((step) => {
    if (step.kind === 'rule' && step.failedAt === undefined)
      return [`${step.place.family} ${step.place.chain} rule ${(step.place.index ?? 0) + 1}: ${step.verdict}`];
    if (step.kind === 'chain-end') return [`${step.place.family} ${step.place.chain}: ${step.verdict}`];
    return step.kind === 'drop' ? [step.reason] : [];
  });
  return steps.length === 0 ? 'no rule' : steps.join(' > ');
}
