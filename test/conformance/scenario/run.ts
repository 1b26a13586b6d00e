/** Runs a scenario in the simulator, step by step, and compares with what the kernel did. */
import type { Choice } from '../../../src/simulator/network/choices.ts';
import type { TraceStep } from '../../../src/simulator/trace/trace.ts';
import { buildLab, type Lab, machineOf } from './build.ts';
import { type CommandEffect, understand } from './commands.ts';
import { sysctlName } from './machine.ts';
import { matches } from './match.ts';
import { Prober } from './probe.ts';
import { changesLoaded, type LoadedRules, NotReadable, nftText, partsOf, readRules, readTexts } from './rules.ts';
import { withFormerRules } from './same-rules.ts';
import { connectionLines, counterValues } from './state.ts';
import { resultText } from './text.ts';
import { traceText, tracingRules, withoutRuleText } from './trace-text.ts';
import type { RulesetConfig, Scenario, Step } from './types.ts';

export interface StepReport {
  readonly index: number;
  readonly note: string;
  readonly outcome: 'passed' | 'failed' | 'not applicable' | 'nothing expected';
  readonly expected: unknown;
  readonly got: unknown;
  readonly trace: readonly TraceStep[];
}

export interface ScenarioReport {
  readonly id: string;
  readonly steps: readonly StepReport[];
  /** Something expected came out otherwise. */
  readonly failed: boolean;
  /** At least one step was compared. */
  readonly compared: boolean;
}

class Runner {
  private readonly scenario: Scenario;
  private readonly lab: Lab;
  private readonly prober: Prober;
  private readonly loaded = new Map<string, LoadedRules>();
  private readonly texts = new Map<string, (string | undefined)[]>();
  /** What the trace of a host holds since it was read last; the trace goes on between the probes that ask for it. */
  private readonly tracing = new Map<string, TraceStep[]>();

  constructor(scenario: Scenario, script: readonly number[]) {
    this.scenario = scenario;
    this.lab = buildLab(scenario);
    this.lab.network.choices.follow(script);
    this.prober = new Prober(this.lab.network, scenario);
  }

  prepare(): void {
    for (const [name, config] of Object.entries(this.scenario.hosts)) {
      for (const command of config.exec ?? []) {
        if (!this.execute(name, command)) throw new NotReadable(`command ${command}`);
      }
      if (config.ruleset !== undefined) this.load(name, config.ruleset, false);
    }
    if (this.scenario.ruleset !== undefined) this.load('router', this.scenario.ruleset, false);
  }

  private load(host: string, config: RulesetConfig, flush: boolean): void {
    const texts = flush ? [] : (this.texts.get(host) ?? []);
    const more = partsOf(config).map(nftText);
    const changes = more.some((text) => text !== undefined && changesLoaded(text));
    this.texts.set(host, [...texts, ...more]);
    if (changes) {
      this.reload(host);
      return;
    }
    const added = readRules(config);
    const before = flush ? undefined : this.loaded.get(host);
    this.install(host, {
      rulesets: [...(before?.rulesets ?? []), ...added.rulesets],
      counterNames: [...(before?.counterNames ?? []), ...added.counterNames],
    });
  }

  private deleteTable(host: string, family: string, name: string): void {
    this.texts.set(host, [...(this.texts.get(host) ?? []), `delete table ${family} ${name}`]);
    const before = this.loaded.get(host) ?? { rulesets: [], counterNames: [] };
    const rulesets = before.rulesets.map(({ tables }) => ({
      tables: tables.filter((table) => table.family !== family || table.name !== name || table.engine !== 'nftables'),
    }));
    this.install(host, { ...before, rulesets });
  }

  /** Asks nft what all texts loaded so far come to; only where no other kind of rules is among them. */
  private reload(host: string): void {
    const texts = this.texts.get(host) ?? [];
    if (texts.some((text) => text === undefined)) throw new NotReadable('commands of nft among other rules');
    const listed = readTexts(texts.map((text) => text ?? ''));
    const rulesets = withFormerRules(this.loaded.get(host)?.rulesets ?? [], listed.rulesets);
    this.install(host, { ...listed, rulesets });
  }

  private install(host: string, rules: LoadedRules): void {
    this.loaded.set(host, rules);
    this.lab.network.host(host).loadRules(rules.rulesets);
  }

  /** Whether a command could be understood and done. */
  private execute(host: string, script: string): boolean {
    const machine = machineOf(this.lab.machines, host);
    const steps = understand(script, machine);
    if (steps === undefined) return false;
    for (const step of steps) {
      this.carryOut(host, step());
      this.lab.network.host(host).changeView(machine.view());
    }
    return true;
  }

  private carryOut(host: string, effect: CommandEffect): void {
    switch (effect.kind) {
      case 'done':
        return;
      case 'sleep':
        this.lab.network.advance(effect.milliseconds);
        return;
      case 'flush-neighbours':
        this.lab.network.host(host).neighbours.flush(effect.family);
        return;
      case 'flush-rules':
        this.loaded.delete(host);
        this.texts.delete(host);
        this.lab.network.host(host).loadRules([]);
        return;
      case 'delete-table':
        this.deleteTable(host, effect.family, effect.table);
        return;
      case 'change-rules':
        this.load(host, { type: 'nft', text: effect.text }, false);
        return;
      case 'load-rules':
        this.load(host, { type: effect.type, text: effect.text }, false);
    }
  }

  /** What a step gives; undefined when it does not apply to a simulator. */
  run(step: Step): { readonly got: unknown } | undefined {
    const { network } = this.lab;
    const hostName = step.host ?? 'router';
    const host = network.host(hostName);
    switch (step.op) {
      case undefined:
      case 'probe':
        return { got: this.runProbe(step) };
      case 'ct':
        return { got: connectionLines(host, step.timeouts ?? false) };
      case 'counters': {
        const values = counterValues(host, this.loaded.get(hostName)?.counterNames ?? []);
        const only = step.only?.map((name) => [name, values[name]] as const);
        return { got: only === undefined ? values : Object.fromEntries(only) };
      }
      case 'ctflush':
        host.connections.flush();
        return { got: null };
      case 'ruleset':
        this.load(hostName, step.ruleset ?? [], step.flush ?? true);
        return { got: null };
      case 'sysctl':
        for (const [key, value] of Object.entries(step.set ?? {})) {
          machineOf(this.lab.machines, hostName).setSysctl(key, value);
          host.setSysctl(sysctlName(key), String(value));
        }
        return { got: null };
      case 'sleep':
        network.advance(Math.min(step.ms ?? 0, 35_000));
        return { got: null };
      case 'skip':
        this.prober.skip();
        return { got: null };
      case 'close':
        this.prober.close(step);
        return { got: null };
      case 'exec':
        if (step.out || !this.execute(hostName, step.cmd ?? '')) return undefined;
        return { got: null };
      default:
        return undefined;
    }
  }

  private runProbe(step: Step): string {
    const { network } = this.lab;
    if (step.trace) this.startTracing(step.trace_host ?? 'router');
    network.trace = [];
    const result = this.prober.probe(step);
    for (const steps of this.tracing.values()) steps.push(...network.trace);
    const asked = step.trace_host ?? 'router';
    const traces = step.trace ? traceText(this.tracing.get(asked) ?? [], network.host(asked)) : undefined;
    if (step.trace) this.tracing.set(asked, []);
    return resultText(step, result, traces);
  }

  /** Loads the rules that mark packets for tracing, behind all others. */
  private startTracing(host: string): void {
    if (this.tracing.has(host)) return;
    this.tracing.set(host, []);
    const before = this.loaded.get(host) ?? { rulesets: [], counterNames: [] };
    this.loaded.set(host, { ...before, rulesets: [...before.rulesets, tracingRules()] });
    this.lab.network.host(host).loadRules([...before.rulesets, tracingRules()]);
  }

  get choices(): readonly Choice[] {
    return this.lab.network.choices.log;
  }

  get trace(): readonly TraceStep[] {
    return this.lab.network.trace ?? [];
  }
}

/** How often a scenario is played anew with other results of random choices before it counts as a disagreement. */
const maximumPlays = 60;

/** Runs one scenario. Where rules choose at random, results that the kernel may have chosen too are agreed with. */
export function runScenario(scenario: Scenario, name: string): ScenarioReport {
  let script: readonly number[] = [];
  let played = play(scenario, name, script);
  const first = played.report;
  for (let plays = 1; played.open !== undefined && plays < maximumPlays; plays++) {
    script = played.open;
    played = play(scenario, name, script);
  }
  return played.report.failed ? first : played.report;
}

interface Played {
  readonly report: ScenarioReport;
  /** The choices to try next, where a step failed that chose. */
  readonly open: readonly number[] | undefined;
}

/** The next script that differs from the one followed in a choice of the step that failed first. */
function nextScript(choices: readonly Choice[], made: readonly number[], failedAt: number): number[] | undefined {
  const start = made[failedAt - 1] ?? 0;
  for (let position = (made[failedAt] ?? 0) - 1; position >= start; position--) {
    const choice = choices[position];
    if (choice !== undefined && choice.taken + 1 < choice.count)
      return [...choices.slice(0, position).map(({ taken }) => taken), choice.taken + 1];
  }
  return undefined;
}

function play(scenario: Scenario, name: string, script: readonly number[]): Played {
  const id = scenario.id ?? name;
  const steps: StepReport[] = [];
  /** Choices made after each step. */
  const made: number[] = [];
  let choices: readonly Choice[] = [];
  const report = (
    index: number,
    step: Step,
    outcome: StepReport['outcome'],
    got: unknown,
    trace: readonly TraceStep[] = [],
  ): void => {
    steps.push({ index, note: step.note ?? step.op ?? 'probe', outcome, expected: step.expect, got, trace });
  };
  const given = scenario.probes ?? [];
  try {
    const runner = new Runner(scenario, script);
    runner.prepare();
    let lost: string | undefined;
    for (const [index, step] of given.entries()) {
      if (lost !== undefined) {
        report(index, step, 'not applicable', `follows ${lost}`);
        continue;
      }
      const done = attempt(runner, step);
      if (done === undefined || 'why' in done) {
        if (step.op === 'exec' && !step.out) lost = `step ${index}, which runs: ${step.cmd}`;
        if (step.op === 'ruleset') lost = `step ${index}, whose rules cannot be read`;
        report(index, step, 'not applicable', done === undefined ? `${step.op} ${step.cmd ?? ''}` : done.why);
      } else if (step.expect === undefined || step.expect === null) report(index, step, 'nothing expected', done.got);
      else report(index, step, agrees(step, done.got) ? 'passed' : 'failed', done.got, [...runner.trace]);
      choices = runner.choices;
      made[index] = choices.length;
    }
  } catch (error) {
    if (!(error instanceof NotReadable)) throw error;
    for (const [index, step] of given.entries()) report(index, step, 'not applicable', error.message);
  }
  const failedAt = steps.find(({ outcome }) => outcome === 'failed')?.index;
  const compared = steps.some(({ outcome }) => outcome === 'passed' || outcome === 'failed');
  return {
    report: { id, steps, failed: failedAt !== undefined, compared },
    open: failedAt === undefined ? undefined : nextScript(choices, made, failedAt),
  };
}

function agrees(step: Step, got: unknown): boolean {
  const { expect } = step;
  if (step.trace && typeof expect === 'string' && typeof got === 'string')
    return matches(withoutRuleText(expect, got), got);
  if (step.op === 'ct' && Array.isArray(expect) && Array.isArray(got)) return samePairs(expect, got);
  return matches(expect, got);
}

/** Whether the lines can be paired off: their order depends on ports that are chosen at random. */
function samePairs(expected: readonly unknown[], got: readonly unknown[]): boolean {
  const [first, ...others] = expected;
  if (expected.length !== got.length) return false;
  if (expected.length === 0) return true;
  return got.some(
    (line, index) =>
      matches(first, line) &&
      samePairs(
        others,
        got.filter((_, place) => place !== index),
      ),
  );
}

function attempt(runner: Runner, step: Step): { readonly got: unknown } | { readonly why: string } | undefined {
  try {
    return runner.run(step);
  } catch (error) {
    if (error instanceof NotReadable) return { why: error.message };
    throw error;
  }
}
