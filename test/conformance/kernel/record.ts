/**
 * `npm run record:kernel -- FILE...`: plays scenario files on a real kernel and writes what it did into them, with nft's own
 * listing of each rule text, so that they can be compared without root and without nft. Needs root.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { matches } from '../scenario/match.ts';
import { listedRules, partsOf } from '../scenario/rules.ts';
import type { RulesetConfig, RulesetPart, Scenario, Step } from '../scenario/types.ts';
import { driverCommand, KernelDriver } from './driver.ts';

/** Ports that sockets got from the kernel differ from run to run. */
function withoutSocketPorts(result: unknown): unknown {
  if (typeof result === 'string') return result.replace(/:3[2-9]\d{3}(?=[>;,\] |]|$)/g, ':<32768-39999>');
  return Array.isArray(result) ? result.map(withoutSocketPorts) : result;
}

/** A rule set with nft's listing beside each text. */
function withListing(config: RulesetConfig | undefined): RulesetConfig | undefined {
  if (config === undefined) return undefined;
  return partsOf(config).map((given): RulesetPart => {
    const part = typeof given === 'string' ? { type: 'nft', text: given } : given;
    const { text } = part;
    if ((part.type ?? 'nft') !== 'nft' || text === undefined) return part;
    return { ...part, json: listedRules(typeof text === 'string' ? text : text.join('\n')) };
  });
}

async function record(driver: KernelDriver, scenario: Scenario): Promise<Scenario> {
  const failed = await driver.prepare(scenario, scenario.ruleset);
  if (failed !== undefined) throw new Error(failed);
  const probes: Step[] = [];
  for (const step of scenario.probes ?? []) {
    const answer = await driver.step(step);
    if (!answer.ok) throw new Error(`${step.op ?? 'probe'}: ${answer.error}`);
    const listed = step.ruleset === undefined ? step : { ...step, ruleset: withListing(step.ruleset) ?? [] };
    const keeps = step.fuzzy && step.expect !== undefined && matches(step.expect, answer.got);
    const { observed: _, ...rest } = listed as Step & { observed?: unknown };
    probes.push(keeps || answer.got === null ? rest : { ...rest, expect: withoutSocketPorts(answer.got) });
  }
  const hosts = Object.fromEntries(
    Object.entries(scenario.hosts).map(([name, host]) => [
      name,
      host.ruleset === undefined ? host : { ...host, ruleset: withListing(host.ruleset) ?? [] },
    ]),
  );
  return { ...scenario, hosts, ruleset: withListing(scenario.ruleset) ?? [], probes };
}

/** One line a host, a rule set and a step. */
export function scenarioText(scenario: Scenario): string {
  const { hosts, ruleset = [], probes = [], ...rest } = scenario;
  const lines = (values: readonly unknown[]): string => values.map((value) => `  ${JSON.stringify(value)}`).join(',\n');
  const named = Object.entries(hosts).map(([name, host]) => `  ${JSON.stringify(name)}: ${JSON.stringify(host)}`);
  const parts = [
    ...Object.entries(rest).map(([key, value]) => ` ${JSON.stringify(key)}: ${JSON.stringify(value)}`),
    ` "hosts": {\n${named.join(',\n')}\n }`,
    ` "ruleset": [\n${lines(partsOf(ruleset))}\n ]`,
    ` "probes": [\n${lines(probes)}\n ]`,
  ];
  return `{\n${parts.join(',\n')}\n}\n`;
}

export async function main(files: readonly string[]): Promise<number> {
  const driver = new KernelDriver(driverCommand());
  let failed = 0;
  for (const file of files) {
    try {
      const recorded = await record(driver, JSON.parse(readFileSync(file, 'utf8')) as Scenario);
      writeFileSync(`${file}.new`, scenarioText(recorded));
      renameSync(`${file}.new`, file);
      process.stdout.write(`recorded ${file}\n`);
    } catch (error) {
      failed++;
      process.stdout.write(`${file}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  await driver.close();
  return failed === 0 ? 0 : 1;
}
