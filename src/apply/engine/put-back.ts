/** Putting rules in force whatever is loaded now: the least change where that is known, everything anew where it is not, or where the least was not enough. */
import { describe } from '../install/describe.ts';
import type { Installed } from '../install/installer.ts';
import { installerOf } from '../install/installers.ts';
import type { Loaded } from '../state/journal.ts';
import type { ApplyContext } from './context.ts';

/** What is loaded afterwards, or why it is not. `begin` is told before anything is changed. */
export async function putBack(
  { host }: Pick<ApplyContext, 'host'>,
  current: Installed | undefined,
  wanted: Installed,
  begin: () => void = () => {},
): Promise<{ readonly loaded: Loaded } | string> {
  const { artifact } = wanted;
  const installer = installerOf(artifact.target);
  const isThere =
    current?.artifact.target === artifact.target && (await installer.verify(host, current)).kind === 'same';
  if (!isThere && (await installer.verify(host, wanted)).kind === 'same') return { loaded: wanted.loaded };
  let problem = '';
  for (const known of isThere ? [true, false] : [false]) {
    const from = current ?? wanted;
    const to = { artifact, generation: wanted.loaded.generation };
    const prepared = await installer.prepare(host, { from, to, known });
    if (prepared.kind === 'impossible') {
      problem = prepared.failure.message;
      continue;
    }
    const { installation } = prepared;
    begin();
    const ran = await installation.run(host);
    if (ran.kind !== 'done') problem = ran.failure.message;
    const loaded: Loaded = { ...wanted.loaded, ...installation.loaded };
    const checked = ran.kind === 'unchanged' ? undefined : await installer.verify(host, { artifact, loaded });
    if (checked?.kind === 'same') return { loaded };
    if (checked !== undefined) problem = describe(checked);
  }
  return problem;
}
