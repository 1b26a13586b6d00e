/** What a document's head says about the proof of its rules, and what is wrong where it failed. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../../backends/nftables/json.ts';
import { type Compiled, expectationDiagnostics } from '../../compile.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ExpectationResult } from '../../expectations/evaluate.ts';
import type { RuleTarget, WrittenRules } from '../../proving/emitted-rules.ts';
import { proofDiagnostics, proofOf } from '../../proving/proof.ts';
import type { Proof } from '../../verifier/verifier.ts';
import { CommandError, exitCode } from './exit-code.ts';

export interface ToldProof {
  /** What the document's head says about it. */
  readonly about: JsonObject;
  /** The rules that were proved, without a head. */
  readonly written: WrittenRules;
  /** An error when the rules are not proved. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Proves the rules of a policy that was compiled for `target`, and its expectations for every packet. Throws CommandError when a counterexample does not stand: then the verifier itself is wrong. */
export function proveCompiled(compiled: Compiled, target: RuleTarget): ToldProof {
  const { proof, written, expectations, fault } = proofOf(compiled, target);
  if (fault !== undefined)
    throw new CommandError(
      `internal error: ${fault}. Please report it; --no-prove emits the rules unproved`,
      exitCode.failed,
    );
  const failing = expectations.filter(({ kind }) => kind === 'fails');
  return {
    written,
    about: { ...aboutProof(proof, written), ...aboutExpectations(expectations) },
    diagnostics: [...proofDiagnostics(proof, compiled.host.span), ...failing.flatMap(expectationDiagnostics)],
  };
}

function aboutProof(proof: Proof, written: WrittenRules): JsonObject {
  if (proof.kind !== 'proved') return { proved: false };
  return {
    proved: true,
    rulesHash: `sha256:${hashOf(written)}`,
    provedClasses: `${proof.classes}`,
    assumptions: [...proof.assumptions],
  };
}

/** Of the rules without their heads, those for iptables one file after the other. */
function hashOf(written: WrittenRules): string {
  const texts = written.target === 'nft' ? [written.text] : [written.v4, written.v6, written.bridge];
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text);
  return hash.digest('hex');
}

function aboutExpectations(results: readonly ExpectationResult[]): JsonObject {
  if (results.length === 0) return {};
  const holding = results.filter((result) => result.kind === 'holds');
  const shown = holding.filter(({ classes }) => classes !== undefined).length;
  const sampled = holding.length - shown;
  const rest = sampled === 0 ? '' : `, ${sampled} for one of every class, where the proof does not judge a network`;
  return { provedExpectations: `${shown} of ${results.length} hold for every packet${rest}` };
}
