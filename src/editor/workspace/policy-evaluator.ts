/**
 * Evaluates the versions of policies that are being written: rules and expectations are proved as by `ctfw compile`, and what
 * a proof made is there for the next one.
 */
import { type Compiled, compile, expectationDiagnostics } from '../../compile.ts';
import type { ExpectationResult } from '../../expectations/evaluate.ts';
import { emptyLock } from '../../lock/lock.ts';
import { parseLock } from '../../lock/parse.ts';
import { isSpread } from '../../model/on-host.ts';
import { KeptProof } from '../../proving/kept-proof.ts';
import { type CompiledProof, proofDiagnostics, proofOf } from '../../proving/proof.ts';
import type { EvaluatedExpectation, EvaluatedRules, Evaluation, Evaluator, PolicyTexts } from './evaluation.ts';

/** A proof of more containers takes seconds and hundreds of megabytes: `ctfw compile` does it. */
const mostContainers = 2000;
/** Of so many hosts, those of the last proofs, something is kept. */
const mostKept = 4;

export class PolicyEvaluator {
  readonly #kept = new Map<string, KeptProof>();

  evaluate({ root, files, lock }: PolicyTexts): Evaluation {
    const byName = new Map(files.map((file) => [file.name, file]));
    const { judged } = compile(
      root,
      (name) => byName.get(name) ?? { error: 'it was not read' },
      lock === undefined ? emptyLock : parseLock(lock).lock,
    );
    const proofs = judged.map((compiled) => ({ compiled, proof: this.#prove(root.name, compiled) }));
    return {
      expectations: expectationsOf(proofs).map(evaluatedExpectation),
      rules: proofs.map(({ compiled, proof }) => evaluatedRules(compiled, proof)),
    };
  }

  #prove(policy: string, compiled: Compiled): CompiledProof | undefined {
    if (compiled.model.containers.length > mostContainers) return undefined;
    return proofOf(compiled, 'nft', this.#keptOf(`${policy} ${compiled.host.name}`));
  }

  /** The host that was asked last stands last. */
  #keptOf(name: string): KeptProof {
    const kept = this.#kept.get(name) ?? new KeptProof();
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    for (const oldest of [...this.#kept.keys()].slice(0, -mostKept)) this.#kept.delete(oldest);
    return kept;
  }
}

interface Judged {
  readonly compiled: Compiled;
  readonly proof: CompiledProof | undefined;
}

/** Along several hosts every host's are the same. */
function expectationsOf([first]: readonly Judged[]): readonly ExpectationResult[] {
  if (first === undefined) return [];
  const { compiled, proof } = first;
  return proof === undefined || isSpread(compiled.policy) ? compiled.expectations : proof.expectations;
}

function evaluatedExpectation(result: ExpectationResult): EvaluatedExpectation {
  return {
    span: result.expectation.span,
    kind: result.kind,
    packets: result.kind === 'holds' ? result.packets : undefined,
    proved: result.kind === 'holds' && result.classes !== undefined,
    diagnostics: expectationDiagnostics(result),
  };
}

function evaluatedRules({ host }: Compiled, proof: CompiledProof | undefined): EvaluatedRules {
  const said = { host: host.name, classes: undefined, diagnostics: [] };
  if (proof === undefined) return { ...said, kind: 'left-out' };
  if (proof.fault !== undefined) return { ...said, kind: 'fault' };
  const { kind } = proof.proof;
  return {
    host: host.name,
    kind,
    classes: kind === 'proved' ? proof.proof.classes : undefined,
    diagnostics: proofDiagnostics(proof.proof, host.span),
  };
}

/** Evaluates in this very thread: the editor waits as long. */
export function immediateEvaluator(): Evaluator {
  const evaluator = new PolicyEvaluator();
  return {
    evaluate: async (texts) => evaluator.evaluate(texts),
    cancel: () => {},
    close: async () => {},
  };
}
