/** The pipeline on one screen: policy text to checked model, meaning, expectations and rules. No I/O; the caller reads and writes. */
import { expectationCoversNothing, expectationFails, notCompiled } from './diagnostics/catalogue/compile.ts';
import type { Diagnostic } from './diagnostics/diagnostic.ts';

import { hasErrors, report } from './diagnostics/report.ts';
import { type ExpectationResult, formatFlow } from './expectations/evaluate.ts';
import { evaluatePolicy, stationOf } from './expectations/policy.ts';
import type { HostView } from './host-view/host-view.ts';
import { routingOf } from './host-view/routing.ts';
import type { Lock } from './lock/lock.ts';
import { defaultLowerOptions, type LowerOptions } from './lower/context.ts';
import { lower } from './lower/lower.ts';
import { unsupportedParts } from './lower/supported.ts';
import type { CheckedModel, Host, Model } from './model/model.ts';
import { resolve } from './model/resolve.ts';
import { checkModel } from './model/rules/check.ts';
import { type Meaning, meaningOf } from './policy/decide.ts';
import type { Ruleset } from './ruleset/ruleset.ts';
import type { SourceFile } from './source/span.ts';
import { applyIgnores } from './syntax/ignore.ts';
import { assemble, type ReadFile } from './syntax/include.ts';
import type { PolicyFile } from './syntax/tree.ts';

/** What check gives: diagnostics always, the model when no error stands in its way. */
export interface CheckResult {
  readonly diagnostics: readonly Diagnostic[];
  readonly model: CheckedModel | undefined;
  /** The lock with everything that this policy needs; equal to the given one when nothing was allocated or dropped. */
  readonly lock: Lock;
}

/** What compile adds for the hosts of the policy. */
export interface CompileResult extends CheckResult {
  /** One a host, in file order; empty while an error stands. */
  readonly compiled: readonly Compiled[];
  /** The same, also where an expectation does not hold: for who asks why. */
  readonly judged: readonly Compiled[];
}

/** What is known about one host of a policy. */
export interface Compiled {
  /** The whole policy. */
  readonly policy: CheckedModel;
  /** The part of the policy that this host's rules are about. */
  readonly model: CheckedModel;
  readonly host: Host;
  readonly view: HostView;
  readonly meaning: Meaning;
  /** The meaning on a host that shows bridged packets to the inet table, or does not. */
  readonly meaningWith: (settings: { readonly brNetfilter: boolean }) => Meaning;
  /** Those of the whole policy. */
  readonly expectations: readonly ExpectationResult[];
  readonly ruleset: Ruleset;
}

/** What check knows on its way, for who answers questions about a policy that is still being written. */
export interface Examined extends CheckResult {
  /** The policy and what it includes, as far as it could be read. */
  readonly files: readonly PolicyFile[];
  /** The model without what has an error. */
  readonly recovered: Model;
}

/** Parse, resolve and check, keeping what is understood in spite of errors. `read` gives the text of included files. */
export function examine(source: SourceFile, read: ReadFile, lock: Lock): Examined {
  const assembled = assemble(source, read);
  const resolved = resolve(assembled.files, lock);
  // What could not be read is missing from the model: its checks would complain about what is not there.
  const broken = hasErrors(assembled.diagnostics);
  const checked = broken ? undefined : checkModel(resolved.model, assembled.files);
  const found = [
    ...assembled.diagnostics,
    ...resolved.diagnostics.filter(({ severity }) => !broken || severity === 'error'),
    ...(checked?.diagnostics ?? []),
  ];
  const diagnostics = applyIgnores(assembled.files, found);
  const model = hasErrors(diagnostics) ? undefined : checked?.model;
  return { diagnostics, model, lock: resolved.lock, files: assembled.files, recovered: resolved.model };
}

/** Parse, resolve and check. `read` gives the text of included files. */
export function check(source: SourceFile, read: ReadFile, lock: Lock): CheckResult {
  const { diagnostics, model, lock: needed } = examine(source, read, lock);
  return { diagnostics, model, lock: needed };
}

/** Check, evaluate the expectations by the meaning of the policy, lower. Nothing is compiled while an error stands. */
export function compile(
  source: SourceFile,
  read: ReadFile,
  lock: Lock,
  options: LowerOptions = defaultLowerOptions,
): CompileResult {
  const checked = check(source, read, lock);
  const { model } = checked;
  if (model === undefined) return { ...checked, compiled: [], judged: [] };
  const refused = unsupportedParts(model).map(({ span, feature, help }) =>
    report(notCompiled, span, `ctfw does not compile ${feature}`, { help }),
  );
  if (refused.length > 0)
    return { ...checked, diagnostics: [...checked.diagnostics, ...refused], compiled: [], judged: [] };
  const hosts = model.hosts.map((host) => compileHost(model, host, options));
  const expectations = evaluatePolicy(model, hosts);
  const compiled = hosts.map((host) => ({ ...host, expectations }));
  const failed = expectations.flatMap(expectationDiagnostics);
  const diagnostics = [...checked.diagnostics, ...failed];
  return { ...checked, diagnostics, compiled: hasErrors(diagnostics) ? [] : compiled, judged: compiled };
}

function compileHost(policy: CheckedModel, host: Host, options: LowerOptions): Omit<Compiled, 'expectations'> {
  const station = stationOf(policy, host);
  const { model, view } = station;
  const [itself = host] = model.hosts;
  const meaningWith: Compiled['meaningWith'] = ({ brNetfilter }) =>
    meaningOf(model, itself, withBrNetfilter(view, brNetfilter), routingOf(view));
  return { policy, ...station, meaningWith, ruleset: lower(model, itself, options) };
}

function withBrNetfilter(view: HostView, on: boolean): HostView {
  const value = on ? '1' : '0';
  return {
    ...view,
    sysctls: {
      ...view.sysctls,
      'net.bridge.bridge-nf-call-iptables': value,
      'net.bridge.bridge-nf-call-ip6tables': value,
    },
  };
}

/** What is wrong with an expectation that fails or says nothing; nothing for one that holds. */
export function expectationDiagnostics(result: ExpectationResult): readonly Diagnostic[] {
  const { span } = result.expectation;
  switch (result.kind) {
    case 'holds':
      return [];
    case 'covers-nothing':
      return [
        report(
          expectationCoversNothing,
          span,
          'no packet goes from the left side to the right side of this expectation',
        ),
      ];
    case 'fails': {
      const { because } = result.decision;
      const related = because.span === undefined ? [] : [{ span: because.span, message: 'this decides' }];
      const message = `this does not hold: for ${formatFlow(result.flow)} ${result.problem}`;
      return [report(expectationFails, span, message, { related, help: `it is decided by: ${because.text}` })];
    }
  }
}
