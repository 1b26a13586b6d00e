/** What an engine has bound as `publish` statements: one for each range of ports that go together. */
import { freeHostPort } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import { type Address, formatAddress } from '../../net/address.ts';
import type { PortRange } from '../../net/port.ts';
import { type PortProtocol, portProtocols } from '../../net/protocol.ts';
import type { Span } from '../../source/span.ts';
import type { PublishItem, Written } from '../../syntax/tree.ts';
import { addressObstacle, leaveOut, noTarget } from '../engine/publication.ts';
import type { Binding, InspectedContainer, InspectedNetwork } from './inspected.ts';
import { isInternal, type Placement } from './placement.ts';
import type { Reading } from './reading.ts';

export interface Publications {
  readonly items: readonly PublishItem[];
  /** Bindings on `::` of containers without IPv6: a program of the engine serves them, no rule does. */
  readonly proxied: readonly Span[];
}

/** The publications of one container; what rules cannot serve is reported with the reason. */
export function publishItems(reading: Reading, container: InspectedContainer, placement: Placement): Publications {
  const target = targetOf(placement);
  if (typeof target === 'string') {
    for (const { span } of container.bindings) leaveOut(reading, span, target);
    return { items: [], proxied: [] };
  }
  const proxied: Span[] = [];
  const listening = [...groupBy(container.bindings.map(withDefault(target)), portsKey).values()].flatMap((group) =>
    listenersOf(group, target, proxied),
  );
  const served = listening.filter(({ address, span }) => {
    const obstacle = address === undefined ? undefined : addressObstacle(address.value, target.families);
    if (obstacle !== undefined) leaveOut(reading, span, obstacle);
    return obstacle === undefined;
  });
  for (const { hostPort, span } of served)
    if (hostPort === undefined && target.description.gatewayMode?.value !== 'routed')
      reading.add(
        report(
          freeHostPort,
          span,
          'The engine has chosen no port of the host for this one yet; the policy chooses one.',
          {
            help: 'Write the port that is meant.',
          },
        ),
      );
  return { items: rangesOf(served).map(publishItem), proxied };
}

/** The network whose address a published port leads to, or why there is none. */
function targetOf(placement: Placement): InspectedNetwork | string {
  if (placement.kind !== 'attached') return noTarget[placement.kind];
  const network = placement.places.map((place) => place.network).find((candidate) => !isInternal(candidate));
  if (network === undefined) return noTarget.internal;
  return network.kind === 'macvlan' ? noTarget.macvlan : network;
}

/** Ports without an address are published where the network says; what the engine has bound names its address. */
function withDefault({ publishAddress }: InspectedNetwork): (binding: Binding) => Binding {
  const address = publishAddress?.value.value === 0n ? undefined : publishAddress;
  return (binding) => (binding.address === undefined ? { ...binding, address } : binding);
}

function portsKey({ hostPort, containerPort, protocol }: Binding): string {
  return `${hostPort} ${containerPort} ${protocol}`;
}

/** The bindings of the same ports: those that together are every address that the policy would open become one without an address. */
function listenersOf(group: readonly Binding[], { families }: InspectedNetwork, proxied: Span[]): readonly Binding[] {
  const anywhere = (family: Address['family']): Binding | undefined =>
    group.find(({ address }) => address?.value.family === family && address.value.value === 0n);
  const [ipv4, ipv6] = [anywhere('ipv4'), anywhere('ipv6')];
  const everywhere =
    group.find(({ address }) => address === undefined) ??
    ((ipv4 !== undefined || !families.has('ipv4')) && (ipv6 !== undefined || !families.has('ipv6'))
      ? (ipv4 ?? ipv6)
      : undefined);
  if (everywhere === undefined) return distinct(group);
  if (ipv6 !== undefined && !families.has('ipv6')) proxied.push(ipv6.span);
  const others = group.filter(({ address }) => address !== undefined && address.value.value !== 0n);
  return [{ ...everywhere, address: undefined }, ...distinct(others)];
}

function distinct(bindings: readonly Binding[]): readonly Binding[] {
  return [...new Map(bindings.map((binding) => [addressKey(binding), binding])).values()];
}

function addressKey({ address }: Binding): string {
  return address === undefined ? '' : formatAddress(address.value);
}

/** Ports that follow each other on both sides. */
interface Range {
  readonly address: Written<Address> | undefined;
  readonly protocol: PortProtocol;
  readonly hostPorts: PortRange | undefined;
  readonly containerPorts: PortRange;
  readonly span: Span;
}

/** Bindings that go together as ranges, by protocol and container port. */
function rangesOf(bindings: readonly Binding[]): readonly Range[] {
  const distance = ({ hostPort, containerPort }: Binding): string =>
    hostPort === undefined ? 'free' : `${hostPort - containerPort}`;
  const groups = groupBy(bindings, (one) => `${addressKey(one)} ${one.protocol} ${distance(one)}`);
  const ranges: Range[] = [];
  for (const group of groups.values()) {
    let last: Range | undefined;
    for (const binding of [...group].sort((left, right) => left.containerPort - right.containerPort)) {
      if (last !== undefined && last.containerPorts.last + 1 === binding.containerPort) last = extended(last, binding);
      else {
        if (last !== undefined) ranges.push(last);
        last = rangeOf(binding);
      }
    }
    if (last !== undefined) ranges.push(last);
  }
  return ranges.sort(byPlace);
}

function rangeOf({ address, protocol, hostPort, containerPort, span }: Binding): Range {
  const hostPorts = hostPort === undefined ? undefined : { first: hostPort, last: hostPort };
  return { address, protocol, hostPorts, containerPorts: { first: containerPort, last: containerPort }, span };
}

function extended(range: Range, { hostPort, containerPort }: Binding): Range {
  const { hostPorts, containerPorts } = range;
  return {
    ...range,
    hostPorts:
      hostPorts === undefined || hostPort === undefined ? undefined : { first: hostPorts.first, last: hostPort },
    containerPorts: { first: containerPorts.first, last: containerPort },
  };
}

function byPlace(left: Range, right: Range): number {
  return (
    portProtocols.indexOf(left.protocol) - portProtocols.indexOf(right.protocol) ||
    left.containerPorts.first - right.containerPorts.first ||
    (left.hostPorts?.first ?? 0) - (right.hostPorts?.first ?? 0)
  );
}

function publishItem({ address, protocol, hostPorts, containerPorts, span }: Range): PublishItem {
  const written = <T>(value: T): Written<T> => ({ value, span });
  return {
    kind: 'publish',
    publications: [
      {
        kind: 'ports',
        hostAddress: address,
        hostPorts: hostPorts === undefined ? undefined : written(hostPorts),
        containerPorts: written(containerPorts),
        protocol,
        span,
      },
    ],
    from: undefined,
    span,
  };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
