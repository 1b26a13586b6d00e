/** The locked state of every target: what it lets through of what would start a connection, and that it is loaded and compared like a generation. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Locked, targets } from '../../../src/apply/artifact.ts';
import { installerOf } from '../../../src/apply/install/installers.ts';
import { readRules, toolFiles, variantOf } from '../../../src/apply/install/iptables-own.ts';
import { lockedArtifact } from '../../../src/apply/install/locked.ts';
import { flowSimulation } from '../../../src/apply/preflight/flow-simulation.ts';
import { parseNftJson } from '../../../src/backends/nftables/parse-json.ts';
import { hostViewOf } from '../../../src/host-view/from-model.ts';
import { type Address, parseAddress } from '../../../src/net/address.ts';
import type { Flow } from '../../../src/policy/flow.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { memoryMachine } from '../support/memory.ts';
import { compiledOf, policyText } from '../support/policies.ts';

const { model, host } = compiledOf(policyText());
const view = hostViewOf(model, host);

function rulesetsOf(locked: Locked): readonly Ruleset[] {
  const artifact = lockedArtifact(locked);
  if (artifact.target === 'nftables') {
    const { ruleset, diagnostics } = parseNftJson(artifact.files['rules.json'] ?? '', 'locked');
    expect(diagnostics).toEqual([]);
    return [ruleset];
  }
  return toolFiles.map((toolFile) => readRules(artifact.files[toolFile.file] ?? '', toolFile, variantOf(artifact)));
}

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

/** The first packet of a flow: what would start a connection; that it passes without rules is seen to. */
function passes(locked: Locked, from: string | undefined, source: string, destination: string, rest: Partial<Flow>) {
  const flow = { arrivesBy: from, source: address(source), destination: address(destination), protocol: 6, ...rest };
  const result = (rulesets: readonly Ruleset[]) => flowSimulation(view, rulesets, 'known')(flow as Flow)?.kind;
  expect(result([]), `${source} to ${destination} without rules`).toBe('passes');
  return result(rulesetsOf(locked)) === 'passes';
}

const udp = (sourcePort: number, destinationPort: number): Partial<Flow> => ({
  protocol: 17,
  sourcePort,
  destinationPort,
});

test.each(targets)('%s: logins to the port of the operator get in, and nothing else of what starts', (target) => {
  const locked: Locked = { target, operatorPort: 2222, markBit: 0x1000 };
  const tcp = (port: number): Partial<Flow> => ({ destinationPort: port });
  expect(passes(locked, 'lan0', '192.0.2.9', '192.0.2.1', tcp(2222))).toBe(true);
  for (const [from, source, destination, rest] of [
    ['lan0', '192.0.2.9', '192.0.2.1', tcp(22)],
    ['lan0', '192.0.2.9', '192.0.2.1', udp(40_000, 2222)],
    ['lan0', '192.0.2.9', '192.0.2.1', tcp(8080)],
    ['lan0', '192.0.2.9', '172.30.0.2', tcp(2222)],
    ['br-front', '172.30.0.2', '192.0.2.9', tcp(2222)],
    [undefined, '192.0.2.1', '192.0.2.9', tcp(2222)],
    ['lan0', '192.0.2.9', '192.0.2.1', { protocol: 1, icmpType: 8 }],
  ] as const)
    expect(passes(locked, from, source, destination, rest), `${source} to ${destination}`).toBe(false);
});

test.each(targets)('%s: a host keeps its address and its neighbours', (target) => {
  const locked: Locked = { target, operatorPort: 22, markBit: 0x1000 };
  expect(passes(locked, 'lan0', '192.0.2.9', '192.0.2.1', udp(67, 68))).toBe(true);
  expect(passes(locked, undefined, '192.0.2.1', '192.0.2.9', udp(68, 67))).toBe(true);
  expect(passes(locked, 'lan0', '192.0.2.9', '192.0.2.1', udp(68, 67))).toBe(false);
});

test.each(targets)('%s: it is loaded over whatever is there, and read back; any port and any mark', async (target) => {
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 65_535 }),
    fc.nat({ max: 31 }),
    async (operatorPort, bit) => {
      const locked: Locked = { target, operatorPort, markBit: 2 ** bit };
      const machine = memoryMachine();
      const artifact = lockedArtifact(locked);
      const loaded = { generation: 0, suffix: '', locked };
      const installer = installerOf(target);
      const to = { artifact, generation: 0 };
      const prepared = await installer.prepare(machine.host, { from: { artifact, loaded }, to, known: false });
      if (prepared.kind === 'impossible') throw new Error(prepared.failure.message);
      expect(await prepared.installation.run(machine.host)).toEqual({ kind: 'done' });
      expect(await installer.verify(machine.host, { artifact, loaded })).toEqual({ kind: 'same' });
      const other = { ...locked, operatorPort: operatorPort === 22 ? 23 : 22 };
      expect((await installer.verify(machine.host, { artifact: lockedArtifact(other), loaded })).kind).toBe('differs');
    },
  );
  await fc.assert(property, { numRuns: 20 });
});
