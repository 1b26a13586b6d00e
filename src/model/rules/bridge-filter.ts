/** Traffic inside one bridge meets the host's rules only with br_netfilter (or bridge conntrack) [97, 98]. */
import { bridgeDeny, iccNeedsFilter } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import type { Access, Container, Endpoint, Network } from '../model.ts';
import { networksOfSides } from '../subject-networks.ts';
import type { CheckContext } from './rule.ts';

export function* checkBridgeFilter({ model }: CheckContext): Generator<Diagnostic> {
  const crowded = crowdedBridges(model.containers);
  const networksOf = networksOfSides(model);
  for (const access of model.access) {
    if (access.action !== 'deny' || isOneContainer(access)) continue;
    const from = networksOf(access.from);
    const to = networksOf(access.to);
    const [few, many] = from.size < to.size ? [from, to] : [to, from];
    const inside = [...few].find((network) => network.icc && crowded.has(network) && many.has(network));
    if (inside !== undefined) yield needsFilter(access, inside);
  }
  const closed = [...crowded].filter((network) => !network.icc);
  const [first, ...others] = closed;
  if (first === undefined) return;
  yield report(
    iccNeedsFilter,
    first.span,
    `\`icc off\` on \`${first.name}\` needs br_netfilter on the host to let links and allows through`,
    {
      related: others.slice(0, 3).map(({ span, name }) => ({ span, message: `and on \`${name}\`` })),
      help: 'load it (`modprobe br_netfilter`); without it everything inside the bridge is dropped, links included',
    },
  );
}

/** Managed bridges with more than one container: only there is traffic inside. */
function crowdedBridges(containers: readonly Container[]): ReadonlySet<Network> {
  const seen = new Set<Network>();
  const crowded = new Set<Network>();
  for (const { endpoints } of containers)
    for (const network of distinctNetworks(endpoints)) {
      if (network.networkKind !== 'bridge' || network.unmanaged) continue;
      if (seen.has(network)) crowded.add(network);
      seen.add(network);
    }
  return crowded;
}

function distinctNetworks(endpoints: readonly Endpoint[]): Iterable<Network> {
  const networks = endpoints.map(({ network }) => network);
  return networks.length > 1 ? new Set(networks) : networks;
}

function isOneContainer({ from, to }: Access): boolean {
  return from.length === 1 && to.length === 1 && from[0] === to[0] && from[0]?.kind === 'container';
}

function needsFilter(access: Access, network: Network): Diagnostic {
  return report(
    bridgeDeny,
    access.span,
    `this deny also holds between containers of \`${network.name}\`, where it needs br_netfilter on the host`,
    {
      related: [{ span: network.span, message: `\`${network.name}\` has \`icc on\`` }],
      help: 'load it (`modprobe br_netfilter`); without it everything inside the bridge is dropped',
    },
  );
}
