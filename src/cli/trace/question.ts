/** What a trace is about: which host with which rules, and the policy where there is one. */
import { existsSync } from 'node:fs';
import { type Compiled, compile } from '../../compile.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import { type Places, placesOf } from '../../expectations/simulated/places.ts';
import type { HostView } from '../../host-view/host-view.ts';
import { routingOf } from '../../host-view/routing.ts';
import { type Meaning, meaningOf } from '../../policy/decide.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { SourceFile } from '../../source/span.ts';
import { chooseHost } from '../io/choose-host.ts';
import { sayDiagnostics } from '../io/diagnostics.ts';
import { emittedRules, type RuleTarget, ruleTargets } from '../io/emitted-rules.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import { readIncluded, readSource } from '../io/files.ts';
import { readFoundRules, readFoundView } from '../io/found-rules.ts';
import { type LockOptions, loadLock } from '../io/policy-lock.ts';

export interface QuestionOptions extends LockOptions {
  readonly target: string;
  readonly rules?: readonly string[];
  readonly hostView?: string;
  readonly host?: string;
}

/** A host ready for packets. */
export interface Question {
  readonly places: Places;
  readonly rulesets: readonly Ruleset[];
  /** Where the rules come from: a target, or files. */
  readonly source: RuleTarget | readonly string[];
  /** The policy on this host; undefined without one. */
  readonly meaning: Meaning | undefined;
  readonly compiled: Compiled | undefined;
  readonly files: ReadonlyMap<string, SourceFile>;
}

export function isPolicyFile(word: string): boolean {
  return word === '-' || word.endsWith('.ctfw') || existsSync(word);
}

/** Reads policy, rules and view; says the policy's errors and gives undefined where it has any. */
export function askAbout(file: string | undefined, options: QuestionOptions): Question | undefined {
  const target = parseRuleTarget(options.target);
  const view = options.hostView === undefined ? undefined : readFoundView(options.hostView);
  if (file === undefined) return withoutPolicy(view, options);
  const files = new Map<string, SourceFile>();
  const loaded = loadLock(file, options);
  const source = readSource(file);
  files.set(source.name, source);
  const result = compile(
    source,
    (path) => {
      const included = readIncluded(path);
      if ('text' in included) files.set(included.name, included);
      return included;
    },
    loaded.lock,
  );
  if (result.judged.length === 0) {
    sayDiagnostics(
      [...loaded.diagnostics, ...result.diagnostics].filter(({ severity }) => severity === 'error'),
      'human',
    );
    if (!hasErrors(result.diagnostics)) throw new CommandError('the policy has no host', exitCode.refused);
    return undefined;
  }
  const compiled = chooseHost(result.judged, options.host);
  const used = view ?? compiled.view;
  if (view !== undefined) warnOfOtherHost(view, compiled, options.hostView ?? '');
  const { model, host } = compiled;
  return {
    places: placesOf(used, { model, host }),
    rulesets: options.rules === undefined ? emittedRules(compiled, target).rulesets : readFoundRules(options.rules),
    source: options.rules ?? target,
    meaning: view === undefined ? compiled.meaning : meaningOf(model, host, view, routingOf(view)),
    compiled,
    files,
  };
}

function withoutPolicy(view: HostView | undefined, { rules }: QuestionOptions): Question {
  if (view === undefined) throw new CommandError('without a policy, --host-view has to say what the host looks like');
  if (rules === undefined) throw new CommandError('without a policy, --rules has to say which rules the host has');
  return {
    places: placesOf(view, undefined),
    rulesets: readFoundRules(rules),
    source: rules,
    meaning: undefined,
    compiled: undefined,
    files: new Map(),
  };
}

export function parseRuleTarget(text: string): RuleTarget {
  const found = ruleTargets.find((target) => target === (text === 'nft-json' ? 'nft' : text));
  if (found === undefined)
    throw new CommandError(`unknown target "${text}": this version emits rules for ${ruleTargets.join(', ')}`);
  return found;
}

/** A view without a single bridge of the policy is most likely somebody else's. */
function warnOfOtherHost(view: HostView, { model, host }: Compiled, path: string): void {
  const bridges = model.networks.filter(({ unmanaged }) => !unmanaged).map(({ bridge }) => bridge);
  const wanted = [...bridges, ...host.interfaces.map(({ name }) => name)];
  const missing = wanted.filter((name) => !view.interfaces.some((held) => held.name === name));
  if (missing.length === 0) return;
  process.stderr.write(
    `ctfw: ${path} (host ${view.name}) has no interface ${missing.join(', ')}, which the policy expects${missing.length === wanted.length ? ': is it the view of another host?' : ''}\n`,
  );
}
