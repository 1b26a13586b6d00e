/** Labs of policy texts, with their rules: those are for the network as it is to be, so not where a NIC has not moved yet. */
import { emitJson } from '../../../src/backends/nftables/emit-json.ts';
import { type Compiled, compile } from '../../../src/compile.ts';
import { labTopology } from '../../../src/lab/build-topology.ts';
import { buildLab, type Lab, type LabOptions } from '../../../src/lab/lab.ts';
import type { HostSettings } from '../../../src/lab/sysctls.ts';
import { emptyLock } from '../../../src/lock/lock.ts';

/** What a policy compiles to; throws what is wrong with it. */
export function compiledOf(text: string): Compiled {
  const { compiled, diagnostics } = compile({ name: 'p.ctfw', text }, () => ({ error: 'none' }), emptyLock);
  const [first] = compiled;
  if (first === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return first;
}

export async function labOfText(text: string, settings: HostSettings = {}, options: LabOptions = {}): Promise<Lab> {
  const compiled = compiledOf(text);
  const lab = await buildLab(labTopology(compiled.model, compiled.host, settings), options);
  if (options.keepNics === true) return lab;
  const loaded = await lab.load({ kind: 'nft-json', text: emitJson(compiled.ruleset) });
  if (loaded.loaded) return lab;
  await lab.close();
  throw new Error(loaded.message);
}
