/** Whether the expectations of a policy hold. It can take long, so it runs beside the editor and reports when it is done. */
import { expectationDiagnostics } from '../../compile.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { evaluatePolicy, stationOf } from '../../expectations/policy.ts';
import { unsupportedParts } from '../../lower/supported.ts';
import type { CheckedModel } from '../../model/model.ts';
import type { SourceFile, Span } from '../../source/span.ts';
import { type Analysis, analyse } from './analysis.ts';

/** What came out for one `expect` statement. */
export interface EvaluatedExpectation {
  readonly span: Span;
  readonly kind: 'holds' | 'fails' | 'covers-nothing';
  /** Of a holding one: how many packets stand for all that it speaks of. */
  readonly packets: number | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** A policy as texts, for whoever evaluates it elsewhere. */
export interface PolicyTexts {
  readonly root: SourceFile;
  readonly files: readonly SourceFile[];
  readonly lock: SourceFile | undefined;
}

/** Evaluates the expectations of a policy; undefined when that was given up. */
export interface Evaluator {
  readonly evaluate: (texts: PolicyTexts) => Promise<readonly EvaluatedExpectation[] | undefined>;
  /** Gives up what is being evaluated. */
  readonly cancel: () => void;
  readonly close: () => Promise<void>;
}

/** Whether there is anything to evaluate: there are expectations, and nothing stands in the way. */
export function canBeEvaluated({ checked }: Analysis): boolean {
  return checked !== undefined && checked.expectations.length > 0 && isSupported(checked);
}

function isSupported(model: CheckedModel): boolean {
  return model.hosts.length > 0 && unsupportedParts(model).length === 0;
}

export function policyTexts({ root, files, lockSource }: Analysis): PolicyTexts {
  return { root, files: files.map(({ source }) => source), lock: lockSource };
}

/** Evaluates here and now. */
export function evaluateNow({ root, files, lock }: PolicyTexts): readonly EvaluatedExpectation[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  const analysis = analyse(root, (name) => byName.get(name) ?? { error: 'it was not read' }, lock);
  const { checked } = analysis;
  if (checked === undefined || !isSupported(checked)) return [];
  const stations = checked.hosts.map((host) => stationOf(checked, host));
  return evaluatePolicy(checked, stations).map((result) => ({
    span: result.expectation.span,
    kind: result.kind,
    packets: result.kind === 'holds' ? result.packets : undefined,
    diagnostics: expectationDiagnostics(result),
  }));
}

/** Evaluates in this very thread: the editor waits as long. */
export const immediateEvaluator: Evaluator = {
  evaluate: async (texts) => evaluateNow(texts),
  cancel: () => {},
  close: async () => {},
};
