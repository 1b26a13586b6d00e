/** Builds a compiled policy's network, loads its rules, sends flows, and says where the kernel disagrees with the meaning. */
import { emitJson } from '../../src/backends/nftables/emit-json.ts';
import type { Compiled } from '../../src/compile.ts';
import { formatFlow } from '../../src/expectations/evaluate.ts';
import { matrixFlows } from '../../src/expectations/matrix.ts';
import { universeOf } from '../../src/expectations/universe.ts';
import { disagreement, type PlannedProbe, planProbe } from '../../src/lab/agreement.ts';
import { labTopology } from '../../src/lab/build-topology.ts';
import { buildLab } from '../../src/lab/lab.ts';
import { decide } from '../../src/policy/decide.ts';

export interface Agreement {
  readonly sent: number;
  readonly problems: readonly string[];
}

/** At most `most` flows of the matrix, spread evenly over it. */
export async function kernelAgreement(compiled: Compiled, brNetfilter: boolean, most: number): Promise<Agreement> {
  const topology = labTopology(compiled.model, compiled.host, { brNetfilter });
  const lab = await buildLab(topology);
  try {
    const loaded = await lab.load({ kind: 'nft-json', text: emitJson(compiled.ruleset) });
    if (!loaded.loaded) return { sent: 0, problems: [`the kernel refused the rules: ${loaded.message}`] };
    const planned = spread(plan(compiled, brNetfilter, topology), most);
    const results = await lab.probeAll(planned.map(({ probe }) => probe));
    const problems = planned.flatMap((one, index) => {
      const result = results[index];
      const problem = result === undefined ? 'no result' : disagreement(topology, one, result);
      return problem === undefined ? [] : [`${formatFlow(one.flow)}: ${problem}`];
    });
    return { sent: planned.length, problems };
  } finally {
    await lab.close();
  }
}

function plan(
  compiled: Compiled,
  brNetfilter: boolean,
  topology: Parameters<typeof planProbe>[1],
): readonly PlannedProbe[] {
  const meaning = compiled.meaningWith({ brNetfilter });
  return [...matrixFlows(universeOf(meaning.atlas))].flatMap(
    (flow) => planProbe(meaning, topology, flow, decide(meaning, flow)) ?? [],
  );
}

function spread<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  const step = items.length / most;
  return Array.from({ length: most }, (_, index) => items[Math.floor(index * step)]).filter(
    (item) => item !== undefined,
  );
}
