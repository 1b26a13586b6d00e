/** What every lab command does first: compile the policy, and see that this machine can build it. */
import { type Compiled, compile } from '../../../compile.ts';
import { missingForLab } from '../../../host/lab-requirements.ts';
import { buildLab, type Lab } from '../../../lab/lab.ts';
import { LabError } from '../../../lab/lab-error.ts';
import { loadPolicy, type RulesRunner } from '../../../lab/load-policy.ts';
import { policyTopology } from '../../../lab/policy-topology.ts';
import { defaultLowerOptions } from '../../../lower/context.ts';
import type { NetworkKind } from '../../../model/model.ts';
import { sayDiagnostics } from '../../io/diagnostics.ts';
import { CommandError, exitCode } from '../../io/exit-code.ts';
import { readIncluded, readSource } from '../../io/files.ts';
import { type LockOptions, loadLock, saveLock } from '../../io/policy-lock.ts';

/** What was compiled, one a host: never empty. */
export type CompiledPolicy = readonly [Compiled, ...Compiled[]];

/** Compiles a policy for the lab, or says what is wrong with it and gives undefined. */
export function compileForLab(
  file: string,
  options: LockOptions,
  runner: RulesRunner = 'nftables',
): CompiledPolicy | undefined {
  const loaded = loadLock(file, options);
  const result = compile(readSource(file), readIncluded, loaded.lock, {
    ...defaultLowerOptions,
    target: runner === 'nftables' ? 'nftables' : 'iptables',
  });
  sayDiagnostics([...loaded.diagnostics, ...result.diagnostics], 'human');
  const [first, ...others] = result.compiled;
  if (first === undefined) return undefined;
  saveLock(loaded, result.lock, options);
  return [first, ...others];
}

/** Builds the network and loads the rules. Throws CommandError: exit 3 with a sentence for each thing that this machine lacks. */
export async function labOf(
  compiled: CompiledPolicy,
  brNetfilter: boolean,
  mayOutlive = false,
  runner: RulesRunner = 'nftables',
): Promise<Lab> {
  const [{ policy }] = compiled;
  const has = (kind: NetworkKind): boolean => policy.networks.some(({ networkKind }) => networkKind === kind);
  const missing = missingForLab({ brNetfilter, switches: has('switch'), macvlan: has('macvlan') });
  if (missing.length > 0) throw new CommandError(missing.join('\n      '), exitCode.noPrivilege);
  const topology = policyTopology(policy, { brNetfilter, names: mayOutlive });
  const lab = await asCommandError(() => buildLab(topology, { mayOutlive }));
  const loaded = await loadPolicy(lab, compiled, runner);
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
