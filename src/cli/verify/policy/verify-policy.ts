/** One policy through the checks: what `ctfw verify` prints and `ctfw report` shows. */
import { type Compiled, type CompileResult, compile } from '../../../compile.ts';
import { neverMatters } from '../../../diagnostics/catalogue/checks.ts';
import { catalogue } from '../../../diagnostics/catalogue/index.ts';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { HostView } from '../../../host-view/host-view.ts';
import { routingOf } from '../../../host-view/routing.ts';
import { isSpread } from '../../../model/on-host.ts';
import { type Meaning, meaningOf } from '../../../policy/decide.ts';
import { emittedRules, ruleTargets } from '../../../proving/emitted-rules.ts';
import type { Ruleset } from '../../../ruleset/ruleset.ts';
import type { SourceFile } from '../../../source/span.ts';
import { chooseHost } from '../../io/choose-host.ts';
import { readIncluded, readSource } from '../../io/files.ts';
import { type LockOptions, loadLock } from '../../io/policy-lock.ts';
import { Answers } from '../answers.ts';
import type { Check, Subject } from '../check.ts';
import { circumstancesOf } from '../checks/expectations.ts';
import type { Result } from '../result.ts';

export interface VerifyQuestion {
  readonly checks: readonly Check[];
  /** Rules found on a host, which are judged instead of ours. */
  readonly found: { readonly name: string; readonly rulesets: readonly Ruleset[] } | undefined;
  /** The host as it was seen, instead of as the policy says. */
  readonly view: HostView | undefined;
  /** One host of the policy; undefined: all. */
  readonly host: string | undefined;
  /** Most packets that a check tries for each of its questions. */
  readonly most: number;
  readonly coverageThreshold: number | undefined;
}

export interface VerifiedPolicy {
  readonly source: SourceFile;
  readonly compiled: CompileResult;
  /** Everything that was said, hints too. */
  readonly diagnostics: readonly Diagnostic[];
  readonly results: readonly Result[];
}

/** Compiles a policy file and makes the checks for its hosts. Throws CommandError when the file or the host is not there. */
export async function verifyPolicy(file: string, lock: LockOptions, question: VerifyQuestion): Promise<VerifiedPolicy> {
  const source = readSource(file);
  const loaded = loadLock(file, lock);
  const compiled = compile(source, readIncluded, loaded.lock);
  const { judged } = compiled;
  const chosen = question.host === undefined || judged.length === 0 ? undefined : chooseHost(judged, question.host);
  if (question.view !== undefined && chosen === undefined && judged.length > 1) chooseHost(judged, undefined);
  const first = chosen ?? judged[0];
  const hosts: readonly Subject[] = judged.map((host) => ({
    ...subjectFor(host, question),
    hosts: () => hosts,
    speaksForPolicy: host === first,
  }));
  const subjects = hosts.filter((subject) => chosen === undefined || subject.compiled === chosen);
  const diagnostics = [...loaded.diagnostics, ...compiled.diagnostics];
  const results: Result[] = diagnosticResults(diagnostics);
  for (const check of question.checks) for (const subject of subjects) results.push(...(await check.run(subject)));
  const told = withoutRepeats(results).map((result) => ({ ...result, policy: source.name }));
  return { source, compiled, diagnostics, results: told };
}

function subjectFor(
  compiled: Compiled,
  { found, view, most, coverageThreshold }: VerifyQuestion,
): Omit<Subject, 'hosts' | 'speaksForPolicy'> {
  const rules =
    found === undefined
      ? ruleTargets.map((target) => ({ name: target, isOurs: true, rulesets: emittedRules(compiled, target).rulesets }))
      : [{ ...found, isOurs: false }];
  const common = { compiled, rules, most, coverageThreshold };
  const answersFor = (meaning: Meaning): Answers => new Answers(meaning, !isSpread(compiled.policy));
  if (view === undefined) {
    const circumstances = circumstancesOf({ compiled });
    return { ...common, circumstances, answers: answersFor(circumstances[0].meaning), isGathered: false };
  }
  const { model, host } = compiled;
  const meaning = meaningOf(model, model.hosts[0] ?? host, view, routingOf(view));
  const circumstances = [{ name: 'as gathered', view, meaning }];
  return { ...common, circumstances, answers: answersFor(meaning), isGathered: true };
}

/** A statement that a warning of the policy's own checks speaks of is not told a second time. */
function withoutRepeats(results: readonly Result[]): readonly Result[] {
  const warned = new Set(results.flatMap(({ rule, span }) => (rule === neverMatters.code ? [span?.start] : [])));
  return results.filter(({ rule, span }) => rule !== 'finding' || span === undefined || !warned.has(span.start));
}

/** Expectations have a check of their own. */
const judgedElsewhere: ReadonlySet<string> = new Set(['CTFW5001', 'CTFW5002']);

function diagnosticResults(diagnostics: readonly Diagnostic[]): Result[] {
  return diagnostics
    .filter(({ code, severity }) => severity !== 'hint' && !judgedElsewhere.has(code))
    .map(({ code, severity, message, span, help }) => ({
      rule: code,
      host: '',
      judge: 'policy',
      name: message,
      outcome: severity === 'error' ? 'failed' : 'warning',
      message: catalogue.find((entry) => entry.code === code)?.title ?? message,
      span,
      ...(help === undefined ? {} : { help }),
    }));
}
