/**
 * Mutation kill: whatever single change of the emitted rules makes a difference is refuted, with a packet that the simulator
 * confirms; what is accepted makes none for any packet of the matrix, as the simulator says. CTFW_MUTATIONS=all tries every
 * place; without it a fixed sample is tried, every kind of mutation among it.
 */
import { expect, test } from 'vitest';
import { type Compiled, compile } from '../../src/compile.ts';
import { matrixFlows } from '../../src/expectations/matrix.ts';
import { universeOf } from '../../src/expectations/universe.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import type { Flow } from '../../src/policy/flow.ts';
import type { Ruleset } from '../../src/ruleset/ruleset.ts';
import { createSimulation, type Simulation } from '../../src/simulator/simulation.ts';
import { completedView } from '../../src/verifier/meaning/completed-view.ts';
import { fateText } from '../../src/verifier/proof/counterexample.ts';
import { prove } from '../../src/verifier/proof/prove.ts';
import { fateOf, send } from '../../src/verifier/proof/replay.ts';
import { fixturesOf, includeReader } from '../support/fixtures.ts';
import { type Mutation, mutationsOf } from './mutations.ts';
import { emitted, told } from './support.ts';

const everything = process.env.CTFW_MUTATIONS === 'all';

/** One in so many of each kind, over all scenarios together. */
const sampling = Number(process.env.CTFW_SAMPLING ?? 120);

const counts = { refuted: 0, accepted: 0, kinds: new Set<string>() };
const seen = new Map<string, number>();

function chosen({ kind }: Mutation): boolean {
  const number = seen.get(kind) ?? 0;
  seen.set(kind, number + 1);
  return everything || number % sampling === 0;
}

for (const fixture of fixturesOf('valid')) {
  test(`mutations of ${fixture.name}`, { timeout: everything ? 3_600_000 : 120_000 }, () => {
    const survivors: string[] = [];
    for (const compiled of compile(fixture.policy, includeReader(fixture), emptyLock).compiled) {
      const rules = emitted(compiled);
      for (const mutation of mutationsOf(rules)) {
        if (!chosen(mutation)) continue;
        counts.kinds.add(mutation.kind);
        const problem = judge(compiled, rules, mutation);
        if (problem !== undefined) survivors.push(`${mutation.kind}, ${mutation.where}: ${problem}`);
      }
    }
    expect(survivors).toEqual([]);
  });
}

test('the mutations were of at least twenty kinds', () => {
  console.info(`${counts.refuted} mutants refuted, ${counts.accepted} accepted, ${counts.kinds.size} kinds`);
  expect(counts.kinds.size).toBeGreaterThanOrEqual(20);
  expect(counts.refuted).toBeGreaterThan(counts.accepted);
});

/** What is wrong with the proof's answer. */
function judge(compiled: Compiled, rules: Ruleset, { mutant }: Mutation): string | undefined {
  const proof = prove(compiled.meaning, [mutant]);
  switch (proof.kind) {
    case 'refuted':
      counts.refuted++;
      return proof.counterexamples.every(({ confirmed }) => confirmed) ? undefined : 'refuted without confirmation';
    case 'undecided':
      return `undecided\n${told(proof.counterexample)}`;
    case 'proved':
      counts.accepted++;
      return differs(compiled, rules, mutant);
  }
}

/** A flow of the matrix that the simulator treats differently. */
function differs(compiled: Compiled, rules: Ruleset, mutant: Ruleset): string | undefined {
  const flows = [...matrixFlows(universeOf(compiled.meaning.atlas))];
  const step = Math.max(1, Math.floor(flows.length / (everything ? 4000 : 300)));
  const view = completedView(compiled.meaning);
  const [before, after] = [rules, mutant].map((ruleset) =>
    createSimulation({ hosts: [{ view, rulesets: [ruleset] }] }),
  );
  if (before === undefined || after === undefined) return 'no simulation';
  for (let index = 0; index < flows.length; index += step) {
    const flow = flows[index];
    if (flow === undefined) continue;
    const [one, other] = [fateIn(before, view.name, flow, view), fateIn(after, view.name, flow, view)];
    if (one !== other)
      return `accepted, but ${JSON.stringify(flow, (_, value) => (typeof value === 'bigint' ? `${value}` : value))}: ${one} becomes ${other}`;
  }
  return undefined;
}

function fateIn(simulation: Simulation, host: string, flow: Flow, view: ReturnType<typeof completedView>): string {
  simulation.flushConnections(host);
  const port = view.interfaces.find(({ bridgePort }) => bridgePort?.bridge === flow.arrivesBy)?.name;
  const packet = {
    source: flow.source,
    destination: flow.destination,
    protocol: flow.protocol,
    ...(flow.icmpType === undefined ? {} : { type: flow.icmpType, identifier: 1 }),
    ...(flow.destinationPort === undefined
      ? {}
      : { sourcePort: flow.sourcePort ?? 40000, destinationPort: flow.destinationPort }),
  };
  const way = send(simulation, host, {
    device: flow.arrivesBy === undefined ? undefined : (port ?? flow.arrivesBy),
    packet,
  });
  return way === undefined ? 'nothing' : fateText(fateOf(way.outcomes));
}
