/** Which host a container runs on, where the policy has several: the one that it names, or the first that has all of its networks. */
import { containerOnNoHost } from '../diagnostics/catalogue/names.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import type { ContainerBlock, Name } from '../syntax/tree.ts';
import type { ResolvedHost } from './host.ts';
import type { Lookup } from './lookup.ts';
import type { ContainerMode, Network } from './model.ts';
import { several } from './single.ts';

type OnDiagnostic = (diagnostic: Diagnostic) => void;
type HostOf = (block: ContainerBlock) => string | undefined;

/**
 * The host of each container; undefined in a policy with one host, for a container in mode `host` that names none (then its
 * use is an error), and where there is an error. A container that shares a namespace runs where its owner does.
 */
export function placeContainers(
  blocks: readonly ContainerBlock[],
  modeOf: (block: ContainerBlock) => ContainerMode,
  hosts: readonly ResolvedHost[],
  networks: ReadonlyMap<string, Network>,
  lookup: Lookup,
  onDiagnostic: OnDiagnostic,
): HostOf {
  const written = new Map<ContainerBlock, string>();
  for (const block of blocks) {
    const found = block.on && lookup.subject(block.on, ['host'], 'a container runs on a host');
    if (found !== undefined) written.set(block, found.name.text);
  }
  if (hosts.length < 2) return () => undefined;
  const known = new Map<string, string | undefined>();
  for (const block of blocks)
    known.set(block.name.text, place(block, modeOf(block), written.get(block), hosts, networks, onDiagnostic));
  return (block) => {
    const mode = modeOf(block);
    return known.get(mode.kind === 'shared' ? mode.container : block.name.text);
  };
}

function place(
  block: ContainerBlock,
  mode: ContainerMode,
  written: string | undefined,
  hosts: readonly ResolvedHost[],
  networks: ReadonlyMap<string, Network>,
  onDiagnostic: OnDiagnostic,
): string | undefined {
  if (mode.kind === 'host' || (block.on !== undefined && written === undefined)) return written;
  const joined = networkNames(block).flatMap((name) => {
    const network = networks.get(name.text);
    return network === undefined ? [] : [{ name, network }];
  });
  const isOn = (network: Network, host: string): boolean => network.hosts.some((entry) => entry.host === host);
  if (written !== undefined) {
    const away = joined.find(({ network }) => !isOn(network, written));
    if (away !== undefined) onDiagnostic(notThere(block, away.name, away.network, `it runs on \`${written}\``));
    return written;
  }
  const [first, ...others] = joined;
  if (first === undefined) return hosts[0]?.host.name;
  const everywhere = first.network.hosts.filter(({ host }) => others.every(({ network }) => isOn(network, host)));
  if (everywhere.length > 0) return everywhere[0]?.host;
  const away = others.find(({ network }) => !first.network.hosts.some(({ host }) => isOn(network, host))) ?? others[0];
  if (away !== undefined)
    onDiagnostic(notThere(block, away.name, away.network, `\`${first.network.name}\` is on ${listed(first.network)}`));
  return first.network.hosts[0]?.host;
}

function networkNames(block: ContainerBlock): readonly Name[] {
  return [
    ...several(block.items, 'attach').map((item) => item.network),
    ...several(block.items, 'plumb').map((item) => item.network),
  ];
}

function notThere(block: ContainerBlock, at: Name, network: Network, because: string): Diagnostic {
  return report(
    containerOnNoHost,
    at.span,
    `\`${block.name.text}\` cannot be on \`${network.name}\`, which is on ${listed(network)}: ${because}`,
    {
      related: [{ span: network.span, message: `\`${network.name}\` is declared here` }],
      help: 'a container runs on one host, and all of its networks must be there',
    },
  );
}

function listed({ hosts }: Network): string {
  return hosts.map(({ host }) => `\`${host}\``).join(', ') || 'no host';
}
