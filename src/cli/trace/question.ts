/** What a trace is about: which host with which rules, and the policy where there is one. */
import { existsSync } from 'node:fs';
import { type Compiled, compile } from '../../compile.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import { type Itinerary, itineraryOf } from '../../expectations/journey.ts';
import { type Places, placesOf } from '../../expectations/simulated/places.ts';
import type { Member } from '../../expectations/simulated/simulated-network.ts';
import type { HostView } from '../../host-view/host-view.ts';
import { routingOf } from '../../host-view/routing.ts';
import { isSpread } from '../../model/on-host.ts';
import { type Meaning, meaningOf } from '../../policy/decide.ts';
import { emittedRules, type RuleTarget, ruleTargets } from '../../proving/emitted-rules.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { SourceFile } from '../../source/span.ts';
import { chooseHost } from '../io/choose-host.ts';
import { sayDiagnostics } from '../io/diagnostics.ts';
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
  /** All hosts together, where the policy has several, or switches. */
  readonly across: Across | undefined;
  readonly files: ReadonlyMap<string, SourceFile>;
}

/** The hosts of a policy, simulated together. */
export interface Across {
  readonly itinerary: Itinerary;
  readonly members: readonly Member[];
  /** The host that was chosen, if any. */
  readonly host: string | undefined;
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
  const isOneHost = options.host !== undefined || view !== undefined || options.rules !== undefined;
  const compiled = isOneHost ? chooseHost(result.judged, options.host) : firstOf(result.judged);
  if (view !== undefined) warnOfOtherHost(view, compiled, options.hostView ?? '');
  const found = options.rules === undefined ? undefined : readFoundRules(options.rules);
  const member = memberFor(compiled, target, view, found);
  const { station, rulesets } = member;
  const { model, host } = compiled;
  const across = isSpread(compiled.policy)
    ? acrossHosts(
        result.judged.map((one) => (one === compiled ? member : memberFor(one, target, undefined, undefined))),
        compiled,
        options.host,
      )
    : undefined;
  return {
    places: placesOf(station.view, { model, host }),
    rulesets,
    source: options.rules ?? target,
    meaning: station.meaning,
    compiled,
    across,
    files,
  };
}

function firstOf(compiled: readonly Compiled[]): Compiled {
  const [first] = compiled;
  if (first === undefined) throw new CommandError('the policy has no host', exitCode.refused);
  return first;
}

/** A host as the policy says, or as it was found. */
function memberFor(
  compiled: Compiled,
  target: RuleTarget,
  view: HostView | undefined,
  found: readonly Ruleset[] | undefined,
): Member {
  const { model, host } = compiled;
  const meaning = view === undefined ? compiled.meaning : meaningOf(model, host, view, routingOf(view));
  return {
    station: { host, model, view: view ?? compiled.view, meaning },
    rulesets: found ?? emittedRules(compiled, target).rulesets,
    chainOrder: found === undefined ? 'known' : 'unknown',
  };
}

function acrossHosts(members: readonly Member[], { policy }: Compiled, host: string | undefined): Across {
  const stations = members.map(({ station }) => station);
  return { itinerary: itineraryOf(policy, stations), members, host };
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
    across: undefined,
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
