/**
 * The frames of an overlay travel between its hosts in UDP packets, and "a deny still binds": one that covers these cuts the
 * tunnel, whatever else is said about the containers. That may be meant; it is said which.
 */
import { tunnelCut } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import type { Address } from '../../net/address.ts';
import { port, portRangeContains } from '../../net/port.ts';
import { prefixContains } from '../../net/prefix.ts';
import { protocolNumbers } from '../../net/protocol.ts';
import { interfaceTowards } from '../interface-towards.ts';
import { isLan } from '../lan.ts';
import type { Access, Host, Model, Network, Service, Subject } from '../model.ts';
import { devicesOfNics, isOnHost } from '../placement.ts';
import { tunnelEnds, tunnelPort } from '../tunnel.ts';
import type { CheckContext } from './rule.ts';

/** One direction of a tunnel. */
interface Way {
  readonly from: End;
  readonly to: End;
}

interface End {
  readonly host: Host;
  readonly address: Address;
}

export function* checkCutTunnels({ model }: CheckContext): Generator<Diagnostic> {
  const overlays = model.networks.filter(({ vxlan, hosts }) => vxlan !== undefined && hosts.length > 1);
  if (overlays.length === 0) return;
  const denies = model.access.filter(({ action, services }) => action === 'deny' && services.some(coversTunnel));
  for (const overlay of overlays) {
    const ways = waysOf(model, overlay);
    for (const deny of denies) {
      const cut = ways.filter((way) => isStopped(model, deny, way));
      if (cut.length > 0) yield describe(deny, overlay, cut);
    }
  }
}

function waysOf(model: Model, overlay: Network): readonly Way[] {
  const ends = [...tunnelEnds(model, overlay)].flatMap(([name, address]): readonly End[] => {
    const host = model.hosts.find((one) => one.name === name);
    return host === undefined ? [] : [{ host, address }];
  });
  return ends.flatMap((from) => ends.filter((to) => to !== from).map((to): Way => ({ from, to })));
}

function coversTunnel(service: Service): boolean {
  switch (service.kind) {
    case 'any':
      return true;
    case 'icmp-type':
      return false;
    case 'protocol':
      return service.protocol === protocolNumbers.udp;
    case 'ports':
      return service.protocol === protocolNumbers.udp && portRangeContains(service.ports, port(tunnelPort));
  }
}

/** On its way out, as the sender sees it, or on its way in, as the receiver does. */
function isStopped(model: Model, deny: Access, { from, to }: Way): boolean {
  const [seenBySender, seenByReceiver] = [
    interfaceTowards(model, from.host, to.address),
    interfaceTowards(model, to.host, from.address) ?? interfaceTowards(model, to.host, to.address),
  ];
  const covers = (subjects: readonly Subject[], at: End, end: End, by: string | undefined): boolean =>
    subjects.some((subject) => isCovered(model, subject, at.host, end, by));
  return (
    (covers(deny.from, from, from, undefined) && covers(deny.to, from, to, seenBySender)) ||
    (covers(deny.from, to, from, seenByReceiver) && covers(deny.to, to, to, undefined))
  );
}

/** Whether a host takes one end of a tunnel for a subject. Its own end is itself; the other one is outside, or on its LAN, behind an interface. */
function isCovered(
  model: Model,
  subject: Subject,
  at: Host,
  { host, address }: End,
  behind: string | undefined,
): boolean {
  switch (subject.kind) {
    case 'any':
      return true;
    case 'host':
      return subject === host;
    case 'prefix':
      return prefixContains(subject.prefix, address);
    case 'zone':
      if (host === at || !subject.prefixes.some((prefix) => prefixContains(prefix, address))) return false;
      return subject.interface === undefined || deviceOf(model, at, subject.interface) === behind;
    case 'network': {
      const subnet = subject.subnets[address.family];
      return (
        host !== at &&
        isLan(subject) &&
        !subject.unmanaged &&
        isOnHost(subject, at) &&
        subnet !== undefined &&
        prefixContains(subnet.prefix, address)
      );
    }
    case 'container':
      return false;
  }
}

/** What is behind a NIC that a switch or bridge holds is behind that. */
const deviceOf = (model: Model, at: Host, name: string): string => devicesOfNics(model, at).get(name) ?? name;

function describe(deny: Access, overlay: Network, ways: readonly Way[]): Diagnostic {
  const shown = ways.slice(0, 3).map(({ from, to }) => `from \`${from.host.name}\` to \`${to.host.name}\``);
  return report(
    tunnelCut,
    deny.span,
    `this deny cuts the tunnel of \`${overlay.name}\` ${shown.join(' and ')}${ways.length > shown.length ? ' and more' : ''}`,
    {
      related: [{ span: overlay.span, message: `\`${overlay.name}\` is declared here` }],
      help: `frames of the tunnel are ${tunnelPort}/udp between the hosts: name the services that are denied, without this one`,
    },
  );
}
