/** What a declared name means: the addresses, ports and options that it comes down to. */
import type { Container, Host, Model, Network, Zone } from '../../model/model.ts';
import { families, formatAddress } from '../../net/address.ts';
import { formatPortRange } from '../../net/port.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { ServiceItem, Statement } from '../../syntax/tree.ts';
import { addressesOf, code, list, publicationText, subjectsText } from './words.ts';

/** A list of Markdown points under a title. */
export function page(title: string, points: readonly string[]): string {
  return [title, ...points.map((point) => `- ${point}`)].join('\n');
}

/** What the model knows of a name; undefined when its declaration is not (yet) part of the model. */
export function describeSubject(model: Model, name: string): string | undefined {
  const container = model.containers.find((one) => one.name === name);
  if (container !== undefined) return describeContainer(model, container);
  const network = model.networks.find((one) => one.name === name);
  if (network !== undefined) return describeNetwork(model, network);
  const zone = model.zones.find((one) => one.name === name);
  if (zone !== undefined) return describeZone(zone);
  const group = model.groups.find((one) => one.name === name);
  if (group !== undefined) return `group ${code(name)}: ${subjectsText(group.members)}`;
  const host = model.hosts.find((one) => one.declared && one.name === name);
  return host === undefined ? undefined : describeHost(host);
}

function describeContainer(model: Model, container: Container): string {
  const { name, mode, endpoints, exposed, publications, plumbs } = container;
  const links = model.links.filter(({ from }) => from.name === name).map(({ to }) => code(to.name));
  return page(`container ${code(name)}`, [
    ...modeLines(mode),
    ...endpoints.map((endpoint) => `on ${code(endpoint.network.name)}: ${addressesOf(endpoint)}`),
    ...plumbs.map(
      ({ interface: port, addresses, network }) =>
        `on ${code(network.name)}: ${list(addresses.map((address) => code(formatPrefix(address))))} by ${code(port)}`,
    ),
    ...(exposed.length === 0
      ? []
      : [`exposes ${list(exposed.map(({ ports, protocol }) => code(`${formatPortRange(ports)}/${protocol}`)))}`]),
    ...cut(publications.map((publication) => `publishes ${publicationText(publication)}`)),
    ...(links.length === 0 ? [] : [`is linked to ${list(links)}`]),
  ]);
}

function modeLines(mode: Container['mode']): readonly string[] {
  switch (mode.kind) {
    case 'attached':
      return [];
    case 'host':
      return ["uses the host's own network"];
    case 'none':
      return ['has no network'];
    case 'shared':
      return [`uses the network of ${code(mode.container)}`];
  }
}

const mostLines = 12;

function cut(lines: readonly string[]): readonly string[] {
  return lines.length <= mostLines ? lines : [...lines.slice(0, mostLines), `and ${lines.length - mostLines} more`];
}

function describeNetwork(model: Model, network: Network): string {
  const members = model.containers.flatMap((container) =>
    container.endpoints.filter((endpoint) => endpoint.network.name === network.name),
  );
  return page(`network ${code(network.name)}`, [
    ...families.flatMap((family) => {
      const subnet = network.subnets[family];
      if (subnet === undefined) return [];
      return [`subnet ${code(formatPrefix(subnet.prefix))}, gateway ${code(formatAddress(subnet.gateway))}`];
    }),
    `${network.networkKind} ${code(network.bridge)}${network.nic === undefined ? '' : ` on ${code(network.nic)}`}, MTU ${network.mtu}`,
    optionsOf(network),
    ...(members.length === 0
      ? ['no container is attached']
      : [`containers: ${list(members.map((one) => `${code(one.container)} ${addressesOf(one)}`))}`]),
  ]);
}

function optionsOf(network: Network): string {
  if (network.unmanaged) return '`unmanaged`: no rules are made for it, its addresses count as outside';
  const options = [
    network.icc ? '`icc on`: its containers may talk with each other' : '`icc off`: its containers are kept apart',
    network.internal ? '`internal`: nothing leaves to the outside' : '',
    network.internal || network.gatewayMode !== 'nat'
      ? ''
      : network.masquerade
        ? 'what leaves takes the address of the host'
        : '`masquerade off`: what leaves keeps its address',
    network.gatewayMode === 'nat' ? '' : `\`gateway-mode ${network.gatewayMode}\``,
    network.vlan === undefined ? '' : `VLAN ${network.vlan}`,
    network.vxlan === undefined ? '' : `VXLAN ${network.vxlan}`,
    network.spoofingAllowed ? '`spoofing allowed`' : '',
  ];
  return options.filter((option) => option !== '').join('; ');
}

function describeZone({ name, prefixes, interface: through }: Zone): string {
  const where = through === undefined ? 'through any interface' : `through ${code(through)}`;
  return `zone ${code(name)}: ${list(prefixes.map((prefix) => code(formatPrefix(prefix))))}, ${where}, without addresses of the host and of declared networks`;
}

function describeHost(host: Host): string {
  return page(`host ${code(host.name)}`, [
    ...cut(
      host.interfaces.map(
        ({ name, addresses }) =>
          `${code(name)}: ${list(addresses.map((one) => code(formatPrefix(one)))) || 'no address'}`,
      ),
    ),
    host.protectHost
      ? '`protect host`: from outside only what `allow` names reaches it'
      : 'what comes to it from outside is left alone',
    host.ipForward ? 'forwards packets' : '`ip-forward off`: forwards nothing',
    ...(host.transit ? [] : ['`transit off`: traffic between outside interfaces is blocked']),
  ]);
}

/** What a declared service stands for, as it is written. */
export function describeService(statement: Extract<Statement, { kind: 'service' }>): string {
  return `service ${code(statement.name.text)}: ${list(statement.items.map(itemText))}`;
}

function itemText(item: ServiceItem): string {
  return code(item.span.file.text.slice(item.span.start, item.span.end));
}
