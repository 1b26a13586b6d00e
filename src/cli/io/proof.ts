/** The proof of what is about to be emitted: of the rules as they are read again from the document, not as they were made. */
import { createHash } from 'node:crypto';
import { emitJson } from '../../backends/nftables/emit-json.ts';
import type { JsonObject } from '../../backends/nftables/json.ts';
import type { Compiled } from '../../compile.ts';
import { proofUndecided, rulesRefuted } from '../../diagnostics/catalogue/compile.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import { type Counterexample, type Proof, proveExpecting, sentText } from '../../verifier/verifier.ts';
import { compiledRules, type RuleTarget } from './emitted-rules.ts';
import { CommandError, exitCode } from './exit-code.ts';
import { provedExpectations } from './proved-expectations.ts';

export interface CompiledProof {
  /** What the document's head says about it. */
  readonly about: JsonObject;
  /** An error when the rules are not proved. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Proves the rules of a policy that was compiled for `target`, and its expectations for every packet. Throws CommandError when a counterexample does not stand: then the verifier itself is wrong. */
export function proveCompiled(compiled: Compiled, target: RuleTarget): CompiledProof {
  const { proof, expected } = proveExpecting(compiled.meaning, compiledRules(compiled, target));
  const expectations = provedExpectations(compiled, expected);
  return {
    about: { ...aboutProof(proof, compiled), ...expectations.about },
    diagnostics: [...proofDiagnostics(proof, compiled.host.span), ...expectations.diagnostics],
  };
}

function aboutProof(proof: Proof, { ruleset }: Compiled): JsonObject {
  if (proof.kind !== 'proved') return { proved: false };
  return {
    proved: true,
    rulesHash: `sha256:${createHash('sha256').update(emitJson(ruleset)).digest('hex')}`,
    provedClasses: `${proof.classes}`,
    assumptions: [...proof.assumptions],
  };
}

/** What a proof that failed has to say; `place` is the host's, for packets that no statement decides about. */
export function proofDiagnostics(proof: Proof, place: Diagnostic['span']): readonly Diagnostic[] {
  if (proof.kind === 'proved') return [];
  if (proof.kind === 'refuted') return proof.counterexamples.map((example) => counterexampleDiagnostic(example, place));
  const { counterexample, internal } = proof;
  if (internal)
    throw new CommandError(
      `internal error: the proof found a counterexample that the simulator does not confirm (${counterexample.obligation}): ${counterexample.packets.map(sentText).join('; ')}. Please report it; --no-prove emits the rules unproved`,
      exitCode.failed,
    );
  const message = `it is not known whether the rules do what the policy means: that rests on ${counterexample.restsOn.join(', ')}`;
  return [report(proofUndecided, place, message)];
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
