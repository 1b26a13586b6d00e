/** Whether the expectations of a policy hold, and whether its rules are proved. It can take long, so it runs beside the editor and reports when it is done. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { unsupportedParts } from '../../lower/supported.ts';
import type { CheckedModel } from '../../model/model.ts';
import type { SourceFile, Span } from '../../source/span.ts';
import type { Analysis } from './analysis.ts';

/** What came out for one `expect` statement. */
export interface EvaluatedExpectation {
  readonly span: Span;
  readonly kind: 'holds' | 'fails' | 'covers-nothing';
  /** Of a holding one: how many packets stand for all that it speaks of. */
  readonly packets: number | undefined;
  /** Whether it is shown for every packet, and not for one of each class alone. */
  readonly proved: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** What came out for the rules of one host. */
export interface EvaluatedRules {
  readonly host: string;
  /** `left-out`: the policy is too large to be proved while somebody types; `fault`: ctfw itself is wrong. */
  readonly kind: 'proved' | 'refuted' | 'undecided' | 'left-out' | 'fault';
  /** Of proved ones: how many kinds of first packets were told apart. */
  readonly classes: bigint | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export interface Evaluation {
  readonly expectations: readonly EvaluatedExpectation[];
  readonly rules: readonly EvaluatedRules[];
}

/** A policy as texts, for whoever evaluates it elsewhere. */
export interface PolicyTexts {
  readonly root: SourceFile;
  readonly files: readonly SourceFile[];
  readonly lock: SourceFile | undefined;
}

/** Evaluates a policy; undefined when that was given up. */
export interface Evaluator {
  readonly evaluate: (texts: PolicyTexts) => Promise<Evaluation | undefined>;
  /** Gives up what is being evaluated. */
  readonly cancel: () => void;
  readonly close: () => Promise<void>;
}

/** Whether there is anything to evaluate, and nothing stands in the way. */
export function canBeEvaluated({ checked }: Analysis): boolean {
  return checked !== undefined && isSupported(checked);
}

function isSupported(model: CheckedModel): boolean {
  return model.hosts.length > 0 && unsupportedParts(model).length === 0;
}

export function policyTexts({ root, files, lockSource }: Analysis): PolicyTexts {
  return { root, files: files.map(({ source }) => source), lock: lockSource };
}
