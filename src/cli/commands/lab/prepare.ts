/** What every lab command does first: compile the policy, and see that this machine can build it. */
import { emitJson } from '../../../backends/nftables/emit-json.ts';
import { type Compiled, compile } from '../../../compile.ts';
import { missingForLab } from '../../../host/lab-requirements.ts';
import { labTopology } from '../../../lab/build-topology.ts';
import { buildLab, type Lab } from '../../../lab/lab.ts';
import { LabError } from '../../../lab/lab-error.ts';
import { notInLab } from '../../../lab/not-in-lab.ts';
import { sayDiagnostics } from '../../io/diagnostics.ts';
import { CommandError, exitCode } from '../../io/exit-code.ts';
import { readIncluded, readSource } from '../../io/files.ts';
import { type LockOptions, loadLock, saveLock } from '../../io/policy-lock.ts';

/** Compiles a policy for the lab, or says what is wrong with it and gives undefined. */
export function compileForLab(file: string, options: LockOptions): Compiled | undefined {
  const loaded = loadLock(file, options);
  const result = compile(readSource(file), readIncluded, loaded.lock);
  const [compiled] = result.compiled;
  const left = compiled === undefined ? [] : notInLab(compiled.model, compiled.host);
  sayDiagnostics([...loaded.diagnostics, ...result.diagnostics, ...left], 'human');
  if (compiled !== undefined) saveLock(loaded, result.lock, options);
  return compiled;
}

/** Builds the network and loads the rules. Throws CommandError: exit 3 with a sentence for each thing that this machine lacks. */
export async function labOf(compiled: Compiled, brNetfilter: boolean, mayOutlive = false): Promise<Lab> {
  const missing = missingForLab({
    brNetfilter,
    macvlan: compiled.model.networks.some(({ networkKind }) => networkKind === 'macvlan'),
  });
  if (missing.length > 0) throw new CommandError(missing.join('\n      '), exitCode.noPrivilege);
  const topology = labTopology(compiled.model, compiled.host, { brNetfilter, names: mayOutlive });
  const lab = await asCommandError(() => buildLab(topology, { mayOutlive }));
  const loaded = await lab.load({ kind: 'nft-json', text: emitJson(compiled.ruleset) });
  if (loaded.loaded) return lab;
  await lab.close();
  throw new CommandError(`the kernel refused the rules: ${loaded.message}`);
}

/** What the lab cannot do is said in its own sentence. */
export async function asCommandError<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof LabError) throw new CommandError(error.message);
    throw error;
  }
}
