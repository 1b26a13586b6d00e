/** A service of a compose file as a `container` block of a policy. */
import { badValue, meaninglessKey } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import { formatAddress } from '../../net/address.ts';
import { formatPrefix, prefixContains } from '../../net/prefix.ts';
import type { Span } from '../../source/span.ts';
import type { AttachItem, AttachOption, ContainerBlock, ContainerItem, ExposedPorts } from '../../syntax/tree.ts';
import { aliasItems, exposeItems } from '../engine/container-items.ts';
import { isDomainName } from '../reading/domain-name.ts';
import type { PolicyNames } from '../reading/policy-names.ts';
import { shorten } from '../reading/shorten.ts';
import type { Place, Placement } from './placement.ts';
import type { ComposeService } from './project.ts';
import { publishItems } from './publication.ts';
import type { Reading } from './reading.ts';

/** The block of one service. `linked`: another container is linked to it, so the ports that it publishes count as exposed, as with the engine. */
export function containerBlock(
  reading: Reading,
  service: ComposeService,
  placement: Placement,
  names: PolicyNames,
  linked: boolean,
): ContainerBlock {
  const name = names.containers.get(service.key.text) ?? service.key.text;
  const items: ContainerItem[] = [
    ...networkItems(reading, service, placement, names),
    ...nameItems(reading, service, placement, name),
    ...exposeItems(linked ? exposedPorts(service) : service.exposed),
    ...publishItems(reading, service, placement),
  ];
  if (placement.kind !== 'shared') items.push(...service.dns);
  reportMeaningless(reading, service, placement);
  return { kind: 'container', name: { text: name, span: service.key.span }, items, span: service.span };
}

function networkItems(
  reading: Reading,
  service: ComposeService,
  placement: Placement,
  names: PolicyNames,
): readonly ContainerItem[] {
  const { span } = service.mode;
  switch (placement.kind) {
    case 'host':
    case 'none':
      return [{ kind: 'network-mode', mode: placement.kind, container: undefined, span }];
    case 'shared': {
      const { key } = placement.with;
      const container = { text: names.containers.get(key.text) ?? key.text, span };
      return [{ kind: 'network-mode', mode: 'container', container, span }];
    }
    case 'attached': {
      const holder = service.macAddress === undefined ? undefined : macHolder(placement.places);
      return placement.places.map((place) => attachItem(reading, service, place, names, place === holder));
    }
  }
}

/** The place that a service's own `mac_address` goes to: the highest priority, then the first name (compose-spec, "priority"). */
function macHolder(places: readonly Place[]): Place | undefined {
  const [first, ...others] = places;
  if (first === undefined) return undefined;
  return others.reduce((best, place) => {
    const difference = place.attachment.priority - best.attachment.priority;
    const earlier = place.network.key.text < best.network.key.text;
    return difference > 0 || (difference === 0 && earlier) ? place : best;
  }, first);
}

function attachItem(
  reading: Reading,
  service: ComposeService,
  place: Place,
  names: PolicyNames,
  holdsMac: boolean,
): AttachItem {
  const { attachment, network } = place;
  const { span } = attachment;
  const options: AttachOption[] = [];
  const mac = attachment.mac ?? (holdsMac ? service.macAddress : undefined);
  if (mac !== undefined) options.push({ kind: 'mac', mac, span: mac.span });
  options.push(...aliasItems(attachment.aliases));
  return {
    kind: 'attach',
    network: { text: names.networks.get(network.key.text) ?? network.key.text, span: attachment.network.span },
    addresses: attachment.addresses.filter((address) => addressFits(reading, place, address)),
    options,
    span,
  };
}

/** A fixed address needs a written subnet that holds it; the engine refuses others too. */
function addressFits(
  reading: Reading,
  { network }: Place,
  { value, span }: Place['attachment']['addresses'][number],
): boolean {
  const subnet = network.subnets.find((candidate) => candidate.value.address.family === value.family);
  if (subnet !== undefined && prefixContains(subnet.value, value)) return true;
  const shown = formatAddress(value);
  const key = shorten(network.key.text);
  if (subnet !== undefined)
    reading.add(
      report(
        badValue,
        span,
        `\`${shown}\` does not lie in the subnet \`${formatPrefix(subnet.value)}\` of \`${key}\`.`,
        {
          related: [{ span: subnet.span, message: 'the subnet is written here' }],
        },
      ),
    );
  else if (network.external === undefined)
    reading.add(
      report(badValue, span, `\`${shown}\` needs a subnet of its family, and \`${key}\` has none written.`, {
        help: 'Write it under `ipam` of the network.',
      }),
    );
  else
    reading.add(
      report(meaninglessKey, span, `\`${shown}\` was left out: the subnet of \`${key}\` is not in this file.`),
    );
  return false;
}

function nameItems(
  reading: Reading,
  service: ComposeService,
  placement: Placement,
  name: string,
): readonly ContainerItem[] {
  const { containerName, hostname, key } = service;
  const items: ContainerItem[] = [];
  if (hostname !== undefined && placement.kind !== 'shared')
    items.push({ kind: 'hostname', hostname, span: hostname.span });
  if (placement.kind !== 'attached') {
    if (containerName !== undefined) reading.ignore('service', 'container_name', containerName.span);
    return items;
  }
  const aliases = [...(isDomainName(key.text) ? [key] : []), ...(containerName === undefined ? [] : [containerName])];
  items.push(...aliasItems(aliases.filter(({ text }) => text !== name)));
  return items;
}

/** What a link to a service opens: the ports it exposes, and those it publishes, which the engine exposes with that. */
export function exposedPorts(service: ComposeService): readonly ExposedPorts[] {
  return [
    ...service.exposed,
    ...service.ports.map(({ containerPorts, protocol }) => ({
      ports: containerPorts.value,
      protocol,
      span: containerPorts.span,
    })),
  ];
}

const composeDnsKeys = { dns: 'dns', 'dns-search': 'dns_search', 'dns-option': 'dns_opt' } as const;

/** Keys that the engine refuses, or that do nothing, in a container without networks of its own. */
function reportMeaningless(reading: Reading, service: ComposeService, placement: Placement): void {
  if (placement.kind === 'attached') return;
  const shared = placement.kind === 'shared';
  const keys: [string, Span | undefined][] = [
    ['mac_address', service.macAddress?.span],
    ['hostname', shared ? service.hostname?.span : undefined],
    ...service.dns.map(({ kind, span }): [string, Span | undefined] => [
      composeDnsKeys[kind],
      shared ? span : undefined,
    ]),
  ];
  for (const [key, span] of keys) {
    if (span === undefined) continue;
    const where = shared ? "shares another one's network" : `has the network mode \`${placement.kind}\``;
    reading.add(
      report(meaninglessKey, span, `\`${key}\` was left out: it means nothing for a container that ${where}.`),
    );
  }
}
