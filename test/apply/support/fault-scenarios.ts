/**
 * The fault harness: every operation of an apply, a confirmation and a rollback, with every way in which it can fail. Afterwards the
 * host has the old or the new rules, the journal tells the truth, what was left half done is taken back, and applying goes on.
 */
import { expect, test } from 'vitest';
import type { Artifact, Target } from '../../../src/apply/artifact.ts';
import { applyPlan } from '../../../src/apply/engine/apply.ts';
import { confirm } from '../../../src/apply/engine/confirm.ts';
import { type ApplyContext, stateOf } from '../../../src/apply/engine/context.ts';
import { guardStep } from '../../../src/apply/engine/guard.ts';
import { lockOut } from '../../../src/apply/engine/lock-out.ts';
import { restore } from '../../../src/apply/engine/restore.ts';
import { isInForce } from '../../../src/apply/engine/settle.ts';
import { installerOf } from '../../../src/apply/install/installers.ts';
import type { Plan } from '../../../src/apply/plan/plan.ts';
import { readJournal } from '../../../src/apply/state/journal.ts';
import { remaining } from '../../../src/apply/state/state.ts';
import type { Connection } from '../../../src/host/gather/gathered.ts';
import { parseAddress } from '../../../src/net/address.ts';
import { damageGenerations, type Fault, FaultyMachine, faultKinds, Killed } from './faults.ts';
import {
  forGood,
  type MemoryMachine,
  memoryMachine,
  newProcess,
  planFor,
  rulesOf,
  withConfirmation,
} from './memory.ts';
import { artifactOf, iptablesArtifactOf, policyText, withCache, withDeny } from './policies.ts';

/** A situation, and the command that the fault strikes. */
interface Scenario {
  readonly name: string;
  readonly prepare: (machine: MemoryMachine) => Promise<void>;
  /** Rules that may be in force in the end besides those from before and after. */
  readonly also?: string;
  /** Rules for iptables, which may end up locked. */
  readonly iptables?: boolean;
  /** No connection that there is goes with the rules in the end. */
  readonly leavesNoConnection?: boolean;
  /** The generation that is wanted is damaged from the beginning: in the end new connections are locked out, whatever fails. */
  readonly endsLocked?: boolean;
  /** What brings to an end whatever was left; default: the guard. */
  readonly finish?: (context: ApplyContext) => Promise<unknown>;
  readonly act: (context: ApplyContext, machine: MemoryMachine) => Promise<unknown>;
}

const apply = async (
  context: ApplyContext,
  machine: MemoryMachine,
  policy: string,
  options = withConfirmation,
  change: Partial<Plan> = {},
) => applyPlan(context, await planFor(machine, policy, change), options);

const applied = async (machine: MemoryMachine, policy: string, options = forGood): Promise<void> => {
  const process = newProcess(machine);
  const result = await apply(process.context, machine, policy, options);
  if (result.kind !== 'applied') throw new Error(result.kind);
  process.end();
};

const many = policyText(
  Array.from({ length: 25 }, (_, index) => `container c${index} { attach front; publish ${20000 + index}:80 }`).join(
    '\n',
  ),
);

const sysctls = [{ name: 'net.ipv4.ip_forward', before: '0', after: '1', why: 'test' }];

function connection(source: string): Connection {
  const [from, to] = [parseAddress(source), parseAddress('172.30.0.2')];
  if (from === undefined || to === undefined) throw new Error('no address');
  const original = { source: from, destination: to, sourcePort: 40_000, destinationPort: 80 };
  const reply = { source: to, destination: from, sourcePort: 80, destinationPort: 40_000 };
  return {
    ...{ family: 'ipv4', protocol: 6, state: 'ESTABLISHED', timeout: 100, original, reply },
    ...{ assured: true, unreplied: false, offloaded: false, mark: 0, zone: 0 },
  };
}

const scenarios: readonly Scenario[] = [
  {
    name: 'the first apply',
    prepare: async () => {},
    act: (context, machine) => apply(context, machine, policyText()),
  },
  {
    name: 'a few elements, for good',
    prepare: (machine) => applied(machine, policyText()),
    act: (context, machine) => apply(context, machine, withCache, forGood),
  },
  {
    name: 'rules, settings and connections',
    prepare: async (machine) => {
      await applied(machine, policyText());
      machine.host.sysctls.set('net.ipv4.ip_forward', '0');
      machine.host.tracked = [connection('192.0.2.7'), connection('192.0.2.8')];
    },
    act: async (context, machine) => {
      const connections = machine.host.tracked.map((one) => ({ connection: one, why: 'test' }));
      return apply(context, machine, withDeny, withConfirmation, { sysctls, connections });
    },
  },
  {
    name: 'several transactions',
    prepare: async (machine) => {
      await applied(machine, policyText());
      machine.host.maximumDocument = 13_500;
    },
    act: (context, machine) => apply(context, machine, many, { ...withConfirmation, again: true }),
  },
  {
    name: 'iptables, the first apply',
    iptables: true,
    prepare: async () => {},
    act: async (context, machine) =>
      applyPlan(context, await planFor(machine, iptablesArtifactOf(policyText())), withConfirmation),
  },
  {
    name: 'iptables, other rules',
    iptables: true,
    prepare: async (machine) => {
      const process = newProcess(machine);
      await applyPlan(process.context, await planFor(machine, iptablesArtifactOf(policyText())), forGood);
      process.end();
    },
    act: async (context, machine) =>
      applyPlan(context, await planFor(machine, iptablesArtifactOf(withDeny)), withConfirmation),
  },
  {
    name: 'a confirmation',
    also: policyText(),
    prepare: async (machine) => {
      await applied(machine, policyText());
      await applied(machine, withDeny, withConfirmation);
    },
    act: (context) => confirm(context, 'tester', { connection: undefined, since: undefined }),
  },
  {
    name: 'a rollback by the guard',
    prepare: async (machine) => {
      await applied(machine, policyText());
      await applied(machine, withDeny, withConfirmation);
      machine.host.time += 61_000;
      machine.host.tracked = [connection('192.0.2.7')]; // past the publication, which no policy allows
    },
    leavesNoConnection: true,
    act: (context) => guardStep(context),
  },
];

/** Generation 2 waits, its time is over, and generation 1 is damaged. */
async function pastItsTime(machine: MemoryMachine, first: Artifact, second: Artifact): Promise<void> {
  for (const [artifact, options] of [
    [first, forGood],
    [second, withConfirmation],
  ] as const) {
    const process = newProcess(machine);
    await applyPlan(process.context, await planFor(machine, artifact), options);
    process.end();
  }
  machine.host.time += 61_000;
  damageGenerations(machine, ['1']);
}

async function startedAgain(machine: MemoryMachine, artifact: Artifact): Promise<void> {
  const process = newProcess(machine);
  await applyPlan(process.context, await planFor(machine, artifact), forGood);
  process.end();
  machine.host.reboot();
  damageGenerations(machine);
}

const [firstTables, otherTables] = [iptablesArtifactOf(policyText()), iptablesArtifactOf(withDeny)];

const damagedScenarios: readonly Scenario[] = [
  {
    name: 'the guard finds nothing to go back to',
    endsLocked: true,
    prepare: (machine) => pastItsTime(machine, artifactOf(policyText()), artifactOf(withDeny)),
    act: (context) => guardStep(context),
  },
  {
    name: 'iptables, the guard finds nothing to go back to',
    iptables: true,
    endsLocked: true,
    prepare: (machine) => pastItsTime(machine, firstTables, otherTables),
    act: (context) => guardStep(context),
  },
  {
    name: 'a start of the machine finds nothing to load',
    endsLocked: true,
    prepare: (machine) => startedAgain(machine, artifactOf(policyText())),
    act: (context) => restore(context),
    finish: (context) => restore(context),
  },
  {
    name: 'iptables, a start of the machine finds nothing to load',
    iptables: true,
    endsLocked: true,
    prepare: (machine) => startedAgain(machine, firstTables),
    act: (context) => restore(context),
    finish: (context) => restore(context),
  },
  {
    name: 'an apply over the locked state',
    prepare: async (machine) => {
      await pastItsTime(machine, artifactOf(policyText()), artifactOf(withDeny));
      const process = newProcess(machine);
      await guardStep(process.context);
      process.end();
    },
    act: (context, machine) => apply(context, machine, withCache),
  },
  {
    name: 'iptables, an apply over the locked state',
    iptables: true,
    prepare: async (machine) => {
      await pastItsTime(machine, firstTables, otherTables);
      const process = newProcess(machine);
      await guardStep(process.context);
      process.end();
    },
    act: async (context, machine) => applyPlan(context, await planFor(machine, firstTables), withConfirmation),
  },
];

/** The rules that the machine may have: those from before, and those from after. */
async function allowedRules(
  scenario: Scenario,
): Promise<{ readonly before: string; readonly after: string; readonly points: number }> {
  const machine = memoryMachine();
  await scenario.prepare(machine);
  const before = plainRules(machine);
  const faulty = new FaultyMachine(machine, -1, undefined);
  const process = newProcess(machine, faulty);
  await scenario.act({ ...process.context, startGuard: faulty.startGuard }, machine);
  return { before, after: plainRules(machine), points: faulty.points.length };
}

/** Rules without the names of generations and without what no packet meets: staged parts that no chain leads to. */
function plainRules(machine: MemoryMachine): string {
  const text = rulesOf(machine);
  return text.replaceAll(/\.\d+(\.again)?(?=")/g, '');
}

/** Made once: every fault is judged by the same rules. */
const rulesKnown = new Map<string, Promise<string>>();

function known(name: string, make: () => Promise<string>): Promise<string> {
  const rules = rulesKnown.get(name) ?? make();
  rulesKnown.set(name, rules);
  return rules;
}

async function rulesAfter(policy: string): Promise<string> {
  const machine = memoryMachine();
  await applied(machine, policy);
  return plainRules(machine);
}

/** The locked state, on a machine of its own. */
async function lockedRules(target: Target): Promise<string> {
  const machine = memoryMachine();
  const locked = { target, operatorPort: 22, markBit: 0x1000 };
  await lockOut(newProcess(machine).context, locked, { why: 'test', tryAgain: false }, undefined);
  return plainRules(machine);
}

let tried = 0;
let struck = 0;
let damaged = 0;

/** Whose rules are loaded. */
type Rules = 'nftables' | 'iptables' | 'both';

/** Tests of every scenario; of all faults at all operations only every so many-th is tried, and half as many where files are damaged. */
export function faultTests(every: number, rules: Rules = 'both'): void {
  const wanted = [...scenarios, ...damagedScenarios].filter(
    ({ iptables = false }) => rules === 'both' || iptables === (rules === 'iptables'),
  );
  for (const scenario of wanted)
    test(`${scenario.name}: operations fail in every way`, async () => {
      const { before, after, points } = await allowedRules(scenario);
      const problems: string[] = [];
      for (let at = 0; at < points; at++)
        for (const fault of faultKinds) {
          const isDamaged = isDamage(fault) || damagedScenarios.includes(scenario);
          if (tried++ % (isDamaged ? every * 2 : every) !== 0) continue;
          const outcome = await strike(scenario, at, fault, before, after);
          if (outcome === undefined) continue;
          struck++;
          if (isDamaged) damaged++;
          problems.push(...outcome.map((problem) => `${fault} at ${problem}`));
        }
      expect(problems).toEqual([]);
    }, 900_000);

  test('the harness strikes at hundreds of points', () => {
    console.log(`${struck} faults struck, ${damaged} of them with damaged files of generations`);
    expect(struck).toBeGreaterThan(300 / every);
    expect(damaged).toBeGreaterThan(100 / every);
  });
}

/** What is wrong after one fault; undefined where this fault cannot strike here. */
async function strike(
  scenario: Scenario,
  at: number,
  fault: Fault,
  before: string,
  after: string,
): Promise<readonly string[] | undefined> {
  const machine = memoryMachine();
  await scenario.prepare(machine);
  const settingBefore = machine.host.sysctls.get('net.ipv4.ip_forward');
  const faulty = new FaultyMachine(machine, at, fault);
  const process = newProcess(machine, faulty);
  let result: unknown = 'killed';
  try {
    result = await scenario.act({ ...process.context, startGuard: faulty.startGuard }, machine);
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
  process.end();
  if (!faulty.fired) return undefined;
  const place = `${at} (${faulty.points[at]})`;
  const problems: string[] = [];
  const complain = (text: string): void => void problems.push(`${place}: ${text}`);
  const target = scenario.iptables === true ? 'iptables-nft' : 'nftables';
  const locked = await known(target, () => lockedRules(target));
  const { also } = scenario;
  const allowed = [
    before,
    after,
    ...(also === undefined ? [] : [await known(also, () => rulesAfter(also))]),
    ...(isDamage(fault) ? [locked] : []),
  ];
  const staged = scenario.name === 'several transactions' || rulesOf(machine).includes('CTFW-LOCK');
  if (!staged && !allowed.includes(plainRules(machine))) complain('the rules are neither the old nor the new ones');
  // what the journal says is true: a state that is not unfinished is what is loaded
  const later = newProcess(machine).context;
  const { state } = stateOf(later);
  if (state.kind === 'settled' || (state.kind === 'waiting' && remaining(state, machine.host) > 0)) {
    const problem = await isInForce(later);
    const isKnown = scenario.endsLocked === true || (isDamage(fault) && problem === lostFiles);
    if (problem !== undefined && !staged && !isKnown) complain(`the journal says ${state.kind}, but ${problem}`);
  }
  if (readJournal(machine.files).damaged > 0) complain('the journal is damaged');
  const kind = typeof result === 'object' && result !== null && 'kind' in result ? result.kind : result;
  if (kind === 'refused' && plainRules(machine) !== before && !staged) complain('refused, but not with the old rules');
  if (kind === 'rolled-back' && plainRules(machine) !== before && !staged)
    complain('taken back, but not to the old rules');
  // the guard, or the next command, brings it to an end
  machine.host.time += 120_000;
  machine.host.maximumDocument = Number.POSITIVE_INFINITY;
  await scenario.finish?.(newProcess(machine).context);
  for (let tries = 0; tries < 3; tries++) {
    const step = await guardStep(newProcess(machine).context);
    if (step.kind === 'over') break;
    if (step.kind === 'stuck') complain(`the guard is stuck: ${step.why}`);
  }
  const end = stateOf(later);
  if (end.state.kind !== 'settled') complain(`in the end the journal says ${end.state.kind}`);
  const problem = await isInForce(later);
  // rules that stayed although their files are damaged are the old ones
  const isOld = isDamage(fault) && problem === lostFiles && [before, after].includes(plainRules(machine));
  if (problem !== undefined && !isOld) complain(`in the end ${problem}`);
  const isLocked = plainRules(machine) === locked;
  if (scenario.endsLocked === true && !isLocked) complain('in the end new connections are not locked out');
  if (isLocked && end.state.kind === 'settled' && end.state.loaded.locked === undefined)
    complain('in the end new connections are locked out, and the journal does not say so');
  if (!staged && !allowed.includes(plainRules(machine)))
    complain('in the end the rules are neither the old nor the new ones');
  if (scenario.leavesNoConnection === true && !isLocked && !isOld && machine.host.tracked.length > 0)
    complain('a connection was left');
  const tookBack = plainRules(machine) === before || isLocked;
  if (tookBack && machine.host.sysctls.get('net.ipv4.ip_forward') !== settingBefore)
    complain('a setting was not put back');
  // and everything goes on (tried less often for iptables, whose rules are many)
  if (scenario.iptables === true && struck % 5 !== 0) return problems;
  const wanted = scenario.iptables === true ? iptablesArtifactOf(withCache) : artifactOf(withCache);
  const next = newProcess(machine);
  const nextResult = await applyPlan(next.context, await planFor(machine, wanted), withConfirmation);
  if (nextResult.kind !== 'applied') complain(`the next apply: ${JSON.stringify(nextResult)}`);
  const verified = await installerOf(wanted.target).verify(machine.host, {
    artifact: wanted,
    loaded: { generation: 1, suffix: suffixOf(machine) },
  });
  if (verified.kind !== 'same') complain(`the next apply is not in force: ${JSON.stringify(verified)}`);
  return problems;
}

const lostFiles = 'the generation that should be loaded is gone from the state directory, or damaged';

function isDamage(fault: Fault): boolean {
  return fault === 'damage' || fault === 'damage-and-die';
}

function suffixOf(machine: MemoryMachine): string {
  const { state } = stateOf(newProcess(machine).context);
  return state.kind === 'settled' ? state.loaded.suffix : (state.pending.target?.suffix ?? '');
}
