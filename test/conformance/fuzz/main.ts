/**
 * `fuzz:kernel -- --seconds N --seed N`: random networks, rules and packets, played on a real kernel and in the simulator; the
 * first disagreement is shrunk and printed as a scenario. The harness is `kernel/lab.py` of CTFW_CONFORMANCE_DIR, or the
 * command in CTFW_KERNEL_DRIVER. Needs root; touches only the harness's own namespaces.
 */
import { driverCommand, KernelDriver, noResult } from '../kernel/driver.ts';
import { NotReadable } from '../scenario/rules.ts';
import { runScenario } from '../scenario/run.ts';
import { type FuzzCase, rulesOf } from './case.ts';

import { generate } from './generate.ts';
import { isListedWrongly } from './listing.ts';
import { Random } from './random.ts';
import { hostsOf } from './topology.ts';

interface Disagreement {
  readonly step: number;
  readonly kernel: unknown;
  readonly simulated: unknown;
}

/** Plays a case in both worlds; undefined when they agree or it cannot be played. */
async function compare(driver: KernelDriver, fuzzed: FuzzCase): Promise<Disagreement | undefined | string> {
  const hosts = hostsOf(fuzzed);
  const rules = rulesOf(fuzzed, 'router');
  const kernel = await driver.play(hosts, rules, fuzzed.steps);
  if (typeof kernel === 'string') return kernel;
  let simulated: readonly unknown[];
  try {
    const expecting = fuzzed.steps.map((step, index) =>
      kernel[index] === noResult ? { op: 'skip' } : { ...step, expect: '*' },
    );
    simulated = runScenario({ id: 'fuzz', hosts, ruleset: rules, probes: expecting, quiet_ms: 7 }, 'fuzz').steps.map(
      ({ got }) => got,
    );
  } catch (error) {
    if (error instanceof NotReadable) return error.message;
    throw error;
  }
  const asked =
    JSON.stringify([fuzzed.steps, fuzzed.blocks])
      .replace(/priority -?\d+/g, '')
      .match(/\d+/g) ?? [];
  const known = new Set(asked.filter((port) => !port.startsWith('200'))); // 2000-2009 is a range to choose from
  for (const [step, got] of kernel.entries()) {
    if (got === noResult || plain(got, known) === plain(simulated[step], known)) continue;
    if ([...rules, ...rulesOf(fuzzed, 'isp')].some(isListedWrongly)) return 'nft lists these rules as other rules';
    return { step, kernel: got, simulated: simulated[step] };
  }
  return undefined;
}

/** Results with ports that nobody asked for written as `#`: they are chosen at random. */
function plain(result: unknown, known: ReadonlySet<string>): string {
  const text = typeof result === 'string' ? result : JSON.stringify(result ?? null);
  const hidden = text.replace(/([:#])(\d+)(?=[>;,\] |}"]|$)/g, (whole, mark: string, port: string) =>
    known.has(port) || (Number(port) >= 40_001 && Number(port) < 40_200) ? whole : `${mark}#`,
  );
  return Array.isArray(result) ? (JSON.parse(hidden) as string[]).sort().join('\n') : hidden;
}

function isDisagreement(result: Disagreement | undefined | string): result is Disagreement {
  return typeof result === 'object';
}

/** How often a case that came out otherwise is played again. */
const repetitions = 3;

/** Whether a disagreement is there every time: on a busy machine an answer may come after the harness has stopped to wait. */
async function repeats(driver: KernelDriver, fuzzed: FuzzCase): Promise<boolean> {
  for (let time = 0; time < repetitions; time++) {
    if (!isDisagreement(await compare(driver, fuzzed))) return false;
  }
  return true;
}

/** Leaves out steps, rules and blocks as long as kernel and simulator still disagree. */
async function shrink(
  driver: KernelDriver,
  start: FuzzCase,
  first: Disagreement,
): Promise<{ fuzzed: FuzzCase; found: Disagreement }> {
  let fuzzed: FuzzCase = { ...start, steps: start.steps.slice(0, first.step + 1) };
  let found = first;
  const attempt = async (candidate: FuzzCase): Promise<boolean> => {
    const result = await compare(driver, candidate);
    if (!isDisagreement(result)) return false;
    fuzzed = candidate;
    found = result;
    return true;
  };
  for (let index = fuzzed.steps.length - 2; index >= 0; index--) {
    await attempt({ ...fuzzed, steps: fuzzed.steps.filter((_, place) => place !== index) });
  }
  for (let block = fuzzed.blocks.length - 1; block >= 0; block--) {
    if (await attempt({ ...fuzzed, blocks: fuzzed.blocks.filter((_, place) => place !== block) })) continue;
    for (let line = (fuzzed.blocks[block]?.lines.length ?? 0) - 1; line >= 0; line--) {
      const blocks = fuzzed.blocks.map((entry, place) =>
        place === block ? { ...entry, lines: entry.lines.filter((_, position) => position !== line) } : entry,
      );
      await attempt({ ...fuzzed, blocks });
    }
  }
  for (const key of Object.keys(fuzzed.shape)) await attempt({ ...fuzzed, shape: { ...fuzzed.shape, [key]: false } });
  for (const key of Object.keys(fuzzed.sysctls)) {
    const { [key]: _, ...sysctls } = fuzzed.sysctls;
    await attempt({ ...fuzzed, sysctls });
  }
  return { fuzzed, found };
}

function numberAfter(args: readonly string[], name: string, fallback: number): number {
  const place = args.indexOf(name);
  return place < 0 ? fallback : Number(args[place + 1]);
}

export async function main(args: readonly string[]): Promise<number> {
  const seconds = numberAfter(args, '--seconds', 60);
  const keepGoing = args.includes('--all');
  let seed = numberAfter(args, '--seed', 1);
  const driver = new KernelDriver(driverCommand());
  const end = Date.now() + seconds * 1000;
  let played = 0;
  let probes = 0;
  let refused = 0;
  let disagreements = 0;
  let unsteady = 0;
  try {
    for (; Date.now() < end; seed++) {
      const fuzzed = generate(new Random(seed));
      const result = await compare(driver, fuzzed);
      if (typeof result === 'string') {
        refused++;
        if (args.includes('--verbose')) process.stdout.write(`seed ${seed}: ${result}\n`);
        continue;
      }
      played++;
      probes += fuzzed.steps.filter(({ op }) => op === undefined).length;
      if (result === undefined) continue;
      if (!(await repeats(driver, fuzzed))) {
        unsteady++;
        process.stdout.write(`seed ${seed}: once otherwise, then alike: ${JSON.stringify(result)}\n`);
        continue;
      }
      disagreements++;
      const small = await shrink(driver, fuzzed, result);
      process.stdout.write(`${describe(seed, small.fuzzed, small.found)}\n`);
      if (!keepGoing) break;
    }
  } finally {
    await driver.close();
  }
  process.stdout.write(
    `${played} cases with ${probes} probes compared, ${refused} refused by the kernel or unreadable, ${unsteady} not repeated, ${disagreements} disagreements\n`,
  );
  return disagreements === 0 ? 0 : 1;
}

function describe(seed: number, fuzzed: FuzzCase, { step, kernel, simulated }: Disagreement): string {
  const scenario = {
    id: `fuzz-${seed}`,
    hosts: hostsOf(fuzzed),
    ruleset: rulesOf(fuzzed, 'router'),
    probes: fuzzed.steps,
  };
  return [
    `seed ${seed}, step ${step}`,
    `  kernel     ${typeof kernel === 'string' ? kernel : JSON.stringify(kernel)}`,
    `  simulated  ${typeof simulated === 'string' ? simulated : JSON.stringify(simulated)}`,
    ...fuzzed.blocks.map(({ head, lines, tail }) => [head, ...lines, tail].join('\n')),
    `  sysctls ${JSON.stringify(fuzzed.sysctls)} shape ${JSON.stringify(fuzzed.shape)}`,
    ...fuzzed.steps.map((entry) => `  ${JSON.stringify(entry)}`),
    ...(process.env.CTFW_FUZZ_SCENARIO === undefined ? [] : [JSON.stringify(scenario)]),
  ].join('\n');
}
