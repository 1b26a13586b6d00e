/** What a young network lost is tried twice more, the last time with patience; what got through, or was refused, is not. */
import { expect, test } from 'vitest';
import type { ProbeOptions } from '../../src/lab/lab.ts';
import type { Probe, ProbeResult, ProbeVerdict } from '../../src/lab/probe.ts';
import { probeAndJudge } from '../../src/lab/probe-and-judge.ts';

const probe = {} as Probe;
const result = (verdict: ProbeVerdict): ProbeResult =>
  ({ verdict, alsoAt: [], connected: false }) as unknown as ProbeResult;

test('only losses that are wrong are tried again, at last with patience', async () => {
  const rounds: ProbeVerdict[][] = [
    ['dropped', 'dropped', 'delivered', 'rejected'],
    ['dropped', 'dropped'],
    ['delivered', 'dropped'],
  ];
  const sizes: number[] = [];
  const patience: number[] = [];
  const lab = {
    probeAll: async (probes: readonly Probe[], { quietMs = 0 }: ProbeOptions = {}) => {
      sizes.push(probes.length);
      patience.push(quietMs);
      return (rounds.shift() ?? []).map(result);
    },
  };
  const items = ['delivered', 'delivered', 'rejected', 'delivered'].map((wanted) => ({ probe, wanted }));
  const problems = await probeAndJudge(lab, items, ({ wanted }, { verdict }) =>
    wanted === verdict ? undefined : `${verdict}, not ${wanted}`,
  );
  expect(sizes).toEqual([4, 2, 2]);
  expect(patience).toEqual([0, 0, 1500]);
  expect(problems).toEqual([undefined, 'dropped, not delivered', 'delivered, not rejected', 'rejected, not delivered']);
});
