/** What the language reads and no lowering exists for, as it has no meaning there: compile refuses it, it is never ignored. */
import { isLan } from '../model/lan.ts';
import type { CheckedModel, Network } from '../model/model.ts';
import type { Span } from '../source/span.ts';

export interface Unsupported {
  readonly span: Span;
  /** What it is, in the words of the language. */
  readonly feature: string;
  /** What says what was probably meant. */
  readonly help: string;
}

export function unsupportedParts(model: CheckedModel): readonly Unsupported[] {
  return [
    ...model.networks.flatMap(misplacedNumbers),
    ...model.networks.filter(isLan).flatMap(unsupportedOnLan),
    ...model.containers
      .filter(({ mode }) => mode.kind === 'host' || mode.kind === 'shared')
      .flatMap((container) =>
        container.plumbs.map(({ span }) => ({
          span,
          feature: '`plumb` of a container without a namespace of its own',
          help: 'plumb the container whose network it uses, or give it `network none`',
        })),
      ),
    ...unwired(model),
  ];
}

/** A VLAN is a part of a switch; an overlay is a bridge with a tunnel. */
function misplacedNumbers({ name, span, networkKind, vlan, vxlan, bridge }: Network): readonly Unsupported[] {
  if (networkKind === 'switch') {
    if (vxlan === undefined) return [];
    const help = `leave out \`switch ${bridge}\`: an overlay is a bridge of its own on each host. To carry VLANs from host to host, name the NICs: \`on HOST via NIC\``;
    return [{ span, feature: 'an overlay on a switch', help }];
  }
  if (vlan !== undefined) {
    const help = `write \`network ${name} { switch NAME; vlan ${vlan}; ... }\`: a switch is a Linux bridge that filters VLANs, where the kernel has those, or Open vSwitch`;
    return [{ span, feature: 'a VLAN of something else than a `switch`', help }];
  }
  if (vxlan === undefined || networkKind === 'bridge') return [];
  const help = `give the overlay a network of its own: \`network NAME on a, b { vxlan ${vxlan}; subnet ... }\``;
  return [{ span, feature: 'an overlay of something else than a bridge', help }];
}

/** The machines of a LAN count as the network, so there is no inside to keep them from, and none of their sources is checked. */
function unsupportedOnLan({ name, internal, spoofingAllowed, span }: Network): readonly Unsupported[] {
  return [
    ...(internal
      ? [
          {
            span,
            feature: '`internal` on the LAN',
            help: `the machines of the LAN count as the network, and so does its router: say with \`deny ${name} -> ...\` where its containers may not go`,
          },
        ]
      : []),
    ...(spoofingAllowed
      ? [
          {
            span,
            feature: '`spoofing allowed` on the LAN',
            help: 'leave it out: what comes from a LAN may have any source but one that is given to somebody else',
          },
        ]
      : []),
  ];
}

/** Connections that became no wire: between two hosts, to itself, or of two families. */
function unwired({ connections, networks }: CheckedModel): readonly Unsupported[] {
  const wired = new Set(networks.filter(({ networkKind }) => networkKind === 'wire').map(({ span }) => span));
  return connections
    .filter(({ span }) => !wired.has(span))
    .map(({ span, left, right }) =>
      left.address.family === right.address.family
        ? {
            span,
            feature: '`connect` between two hosts, or of one with itself',
            help: `declare the cable on both hosts: \`interface NAME { address ... }\` in one subnet`,
          }
        : {
            span,
            feature: '`connect` between addresses of two families',
            help: 'write one `connect` for each family, with an address of it at both ends',
          },
    );
}
