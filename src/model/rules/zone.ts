/** A zone has addresses, seen through an interface that exists. */
import { zoneEmpty, zoneInterfaceUnknown } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import { suggest } from '../../diagnostics/suggest.ts';
import { type Family, families } from '../../net/address.ts';
import { type AddressSet, addressSet, rangeOfAddress, rangeOfPrefix } from '../../net/address-set.ts';
import { formatPrefix } from '../../net/prefix.ts';
import { bridgeAddresses } from '../held-addresses.ts';
import { isBridgedLan, isLan } from '../lan.ts';
import type { Model, Network, Zone } from '../model.ts';
import { meetsRules } from '../placement.ts';
import type { CheckContext } from './rule.ts';

/** Explanations look through all networks or interfaces; more errors than this get none. */
const explanationBudget = 64;

export function* checkZones({ model }: CheckContext): Generator<Diagnostic> {
  yield* checkInterfaces(model);
  const inside = ownAddresses(model);
  let explained = 0;
  for (const zone of model.zones) {
    // Without any prefix the zone was not understood, which has been said already.
    if (zone.prefixes.length === 0) continue;
    if (zone.prefixes.some((prefix) => !isCovered(rangeOfPrefix(prefix), inside))) continue;
    yield report(
      zoneEmpty,
      zone.span,
      `no address is left in \`${zone.name}\`: ${zone.prefixes.map(formatPrefix).join(', ')} belongs to the host and its networks`,
      {
        related: (explained++ < explanationBudget ? overlapping(zone, model) : []).map(({ span, name }) => ({
          span,
          message: `addresses of \`${name}\` are in no zone`,
        })),
        help: 'a zone is what lies outside; to speak of a network or the host, name it',
      },
    );
  }
}

/** Addresses that belong to no zone: those of the host and of declared networks. LAN machines on a `physical` network stay in their zones. */
function ownAddresses(model: Model): AddressSet {
  const onLan = model.containers.flatMap((container) =>
    container.endpoints
      .filter(({ network }) => isLan(network))
      .flatMap((endpoint) => Object.values(endpoint.addresses).map(rangeOfAddress)),
  );
  return addressSet([
    ...onLan,
    ...model.hosts.flatMap((host) =>
      host.interfaces.flatMap((entry) => entry.addresses.map(({ address }) => rangeOfAddress(address))),
    ),
    ...model.networks.flatMap((network) => [
      ...bridgeAddresses(network).map(rangeOfAddress),
      ...(isInside(network) ? Object.values(network.subnets).map(({ prefix }) => rangeOfPrefix(prefix)) : []),
    ]),
  ]);
}

function isInside(network: Network): boolean {
  return !network.unmanaged && !isLan(network) && meetsRules(network);
}

/** Whether a set holds a whole range: it is sorted and its ranges do not touch, so one of them must hold it. */
function isCovered(range: { family: Family; first: bigint; last: bigint }, set: AddressSet): boolean {
  let low = 0;
  let high = set.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const candidate = set[middle];
    if (candidate === undefined) return false;
    const isBefore =
      candidate.family === range.family
        ? candidate.last < range.first
        : families.indexOf(candidate.family) < families.indexOf(range.family);
    if (isBefore) low = middle + 1;
    else if (candidate.family === range.family && candidate.first <= range.first) return candidate.last >= range.last;
    else high = middle - 1;
  }
  return false;
}

function overlapping(zone: Zone, model: Model): Network[] {
  const set = addressSet(zone.prefixes.map(rangeOfPrefix));
  return model.networks
    .filter(
      (network) =>
        isInside(network) && Object.values(network.subnets).some(({ prefix }) => meets(rangeOfPrefix(prefix), set)),
    )
    .slice(0, 3);
}

function meets(range: { family: Family; first: bigint; last: bigint }, set: AddressSet): boolean {
  return set.some((entry) => entry.family === range.family && entry.first <= range.last && range.first <= entry.last);
}

/** Where the host declares interfaces, a zone is behind one of them, or behind the bridge that took the place of one. */
function* checkInterfaces(model: Model): Generator<Diagnostic> {
  const known = new Set(model.hosts.flatMap((host) => host.interfaces.map(({ name }) => name)));
  if (known.size === 0) return;
  const bridges = new Map<string, Network>();
  for (const network of model.networks) {
    if (isBridgedLan(network) || network.unmanaged) known.add(network.bridge);
    else bridges.set(network.bridge, network);
  }
  let explained = 0;
  for (const { name, interface: behind, span } of model.zones) {
    if (behind === undefined || known.has(behind)) continue;
    const network = bridges.get(behind);
    const guess = explained++ < explanationBudget ? suggest(behind, [...known]) : undefined;
    yield report(
      zoneInterfaceUnknown,
      span,
      network === undefined
        ? `\`${name}\` is on \`${behind}\`, but the host has no interface of that name`
        : `\`${name}\` is on \`${behind}\`, the bridge of the network \`${network.name}\`, and a zone lies outside`,
      {
        ...(network === undefined
          ? {}
          : { related: [{ span: network.span, message: 'the network is declared here' }] }),
        help:
          network !== undefined
            ? `to speak of the network, name it: \`${network.name}\``
            : guess === undefined
              ? 'declare it in the `host` block'
              : `did you mean \`${guess}\`?`,
      },
    );
  }
}
