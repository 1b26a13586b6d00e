/** What this machine offers for benchmarks, found out once by trying. */
import { run } from '../src/host/run.ts';
import type { Requirement } from './benchmark.ts';

const commands: Readonly<Record<Exclude<Requirement, 'root'>, readonly (readonly [string, string])[]>> = {
  nft: [
    ['nft', '--version'],
    ['ip', '-V'],
    ['unshare', '--version'],
    ['nsenter', '--version'],
  ],
  iptables: [
    ['iptables-nft-restore', '--version'],
    ['ip6tables-nft-restore', '--version'],
  ],
  python3: [['python3', '--version']],
  ferm: [['ferm', '--version']],
};

/** The first line each tool says about its version; undefined: not installed. `root`: whether network namespaces can be made. */
export type Offer = Readonly<Record<string, string | undefined>>;

export async function offered(): Promise<Offer> {
  const offer: Record<string, string | undefined> = {};
  for (const [command, option] of Object.values(commands).flat()) {
    const result = await run(command, [option]);
    offer[command] = result.kind === 'exited' && result.status === 0 ? (result.stdout.split('\n')[0] ?? '') : undefined;
  }
  const made = await run('unshare', ['--net', 'true']);
  offer.root = made.kind === 'exited' && made.status === 0 ? 'network namespaces can be made' : undefined;
  return offer;
}

/** What of the requirements is missing, as a sentence; undefined: nothing. */
export function missingFrom(offer: Offer, requirements: readonly Requirement[]): string | undefined {
  const missing = requirements.flatMap((requirement): readonly string[] => {
    if (requirement === 'root') return offer.root === undefined ? ['root, to make network namespaces'] : [];
    return commands[requirement].map(([command]) => command).filter((command) => offer[command] === undefined);
  });
  return missing.length === 0 ? undefined : `needs ${missing.join(', ')}`;
}
