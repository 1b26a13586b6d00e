/** Plans as files: read again as they were, and refused with a reason where they are cut off, edited or somebody else's. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Plan } from '../../src/apply/plan/plan.ts';
import { formatPlan, parsePlan } from '../../src/apply/plan/plan-file.ts';
import { showPlan } from '../../src/cli/apply/show-plan.ts';
import { parseAddress } from '../../src/net/address.ts';
import { memoryMachine, planFor } from './support/memory.ts';
import { policyText } from './support/policies.ts';

async function wholePlan(): Promise<Plan> {
  const [source, destination] = [parseAddress('192.0.2.9'), parseAddress('2001:db8::1')];
  if (source === undefined || destination === undefined) throw new Error('no address');
  const tuple = { source, destination, sourcePort: 1, destinationPort: 2 };
  const connection = {
    ...{ family: 'ipv4', protocol: 6, state: 'ESTABLISHED', timeout: 1, original: tuple, reply: tuple },
    ...{ assured: true, unreplied: false, offloaded: false, mark: 0, zone: 0 },
  } as Plan['connections'][number]['connection'];
  return planFor(memoryMachine(), policyText(), {
    connections: [{ connection, why: 'test' }],
    sysctls: [{ name: 'net.ipv4.ip_forward', before: '0', after: '1', why: 'test' }],
    findings: [{ code: 'CTFW7101', severity: 'warning', message: 'test' }],
    meaning: ['nothing'],
  });
}

test('a plan is read as it was written', async () => {
  const plan = await wholePlan();
  expect(parsePlan(formatPlan(plan))).toEqual({ kind: 'plan', plan });
});

test('cut off anywhere it is no plan', async () => {
  const text = formatPlan(await wholePlan());
  const property = fc.property(fc.nat(text.trimEnd().length - 1), (length) => {
    expect(parsePlan(text.slice(0, length)).kind).toBe('no-plan');
  });
  fc.assert(property);
});

test('with any value replaced by something else it is refused, or can still be shown', async () => {
  const text = formatPlan(await wholePlan());
  const odd = fc.constantFrom<unknown>(null, [], {}, 'x', -1, 1e300, true, ['\u001b[2J'], { constructor: 1 });
  const property = fc.property(fc.infiniteStream(fc.nat(6)), odd, (choices, value) => {
    const json = JSON.parse(text) as Record<string, unknown>;
    replaceSomewhere(json, choices, value);
    const reading = parsePlan(JSON.stringify(json));
    if (reading.kind === 'plan') showPlan(reading.plan);
    else expect(reading.why).not.toBe('');
  });
  fc.assert(property, { numRuns: 500 });
});

function replaceSomewhere(json: Record<string, unknown>, choices: Iterator<number>, value: unknown): void {
  let place = json;
  for (;;) {
    const names = Object.keys(place);
    const name = names[(choices.next().value ?? 0) % names.length] ?? '';
    const inner = place[name];
    const goesOn = typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0;
    if (goesOn && (choices.next().value ?? 0) > 1) place = inner as Record<string, unknown>;
    else {
      place[name] = value;
      return;
    }
  }
}

test('no file of it can leave the folder of its generation', async () => {
  const plan = await wholePlan();
  const files = { 'rules.json': '', '../../../etc/cron.d/x': 'evil' };
  const reading = parsePlan(formatPlan({ ...plan, artifact: { target: 'nftables', files } }));
  expect(reading).toMatchObject({ kind: 'no-plan', why: expect.stringContaining('../../../etc/cron.d/x') });
});

test('what it says does not steer a terminal', async () => {
  const plan = await wholePlan();
  const shown = showPlan({ ...plan, host: 'a\u001b[2Jb\u202e' });
  expect(shown).not.toMatch(/\u001b|\u202e/);
  expect(shown).toContain('a\\u{1b}[2Jb');
});
