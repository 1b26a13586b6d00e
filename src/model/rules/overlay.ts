/** An overlay is a tunnel between hosts: each has an address to speak from, and the tunnel's port is its own. */
import { overlayWithoutAddress, tunnelPortPublished } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import type { HostContents } from '../host-contents.ts';
import type { Network, Publication } from '../model.ts';
import { tunnelEnds, tunnelPort } from '../tunnel.ts';
import type { CheckContext } from './rule.ts';

export function* checkOverlays({ model, hosts }: CheckContext): Generator<Diagnostic> {
  const overlays = model.networks.filter(({ vxlan, hosts: places }) => vxlan !== undefined && places.length > 1);
  for (const network of overlays) if (tunnelEnds(model, network).size === 0) yield withoutAddress(network);
  for (const contents of hosts) yield* checkPublications(contents, overlays);
}

function* checkPublications({ host, publications }: HostContents, overlays: readonly Network[]): Generator<Diagnostic> {
  const overlay = overlays.find(({ hosts }) => hosts.some((place) => place.host === host.name));
  if (overlay === undefined) return;
  for (const publication of publications) if (takesTunnelPort(publication)) yield published(publication, overlay);
}

function takesTunnelPort({ protocol, hostPorts, target }: Publication): boolean {
  if (protocol !== 'udp' || target.network.gatewayMode === 'routed') return false;
  return hostPorts.first <= tunnelPort && tunnelPort <= hostPorts.last;
}

function withoutAddress({ name, hosts, span }: Network): Diagnostic {
  return report(
    overlayWithoutAddress,
    span,
    `the hosts of \`${name}\` need an address each, all of one family, for the tunnel between them`,
    {
      help: `give ${hosts.map(({ host }) => `\`${host}\``).join(' and ')} an \`interface\` with an address, and name it where it is not the first: \`on ${hosts[0]?.host} via eth0\``,
    },
  );
}

function published({ container, span }: Publication, overlay: Network): Diagnostic {
  return report(
    tunnelPortPublished,
    span,
    `\`${container}\` publishes ${tunnelPort}/udp, where the tunnel of \`${overlay.name}\` comes in`,
    {
      related: [{ span: overlay.span, message: `\`${overlay.name}\` is declared here` }],
      help: 'publish it on another port',
    },
  );
}
