/** `publish` statements become publications: where each one answers, and what it leads to. Missing host ports come from free-port.ts. */
import {
  freePortTwice,
  publishAllOfNothing,
  publishFamilyMissing,
  publishInternalOnly,
  publishWithoutNetwork,
} from '../diagnostics/catalogue/names.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import { type Address, addressKey, type Family, families, formatAddress } from '../net/address.ts';
import { formatPortRange, type PortRange } from '../net/port.ts';
import type { PortProtocol } from '../net/protocol.ts';
import type { ContainerBlock, PublicationForm, PublishItem } from '../syntax/tree.ts';
import type { ResolvedHost } from './host.ts';
import type { Container, Endpoint, Network, Publication, PublicationListener, Subject } from './model.ts';
import { growingPortSet, type PortSet } from './port-set.ts';
import { several } from './single.ts';

type OnDiagnostic = (diagnostic: Diagnostic) => void;

/** A publication that may still lack its host ports; then each of its container ports becomes a publication of its own. */
export interface PublicationDraft extends Omit<Publication, 'hostPorts'> {
  readonly hostPorts: PortRange | undefined;
  /** The address as written in the statement: a part of the name under which the lock keeps the port. */
  readonly written: Address | undefined;
  readonly host: string;
}

export interface PublishingContainer {
  readonly block: ContainerBlock;
  readonly container: Container;
  /** Whether its attachments or its mode have an error, so that its networks are not all known. */
  readonly incomplete: boolean;
}

/** What the `publish` statements of one container ask for; `side` resolves the subjects after `from`. */
export function resolvePublications(
  { block, container, incomplete }: PublishingContainer,
  homeOf: (endpoint: Endpoint) => ResolvedHost | undefined,
  side: (written: NonNullable<PublishItem['from']>) => readonly Subject[],
  onDiagnostic: OnDiagnostic,
): readonly PublicationDraft[] {
  const items = several(block.items, 'publish');
  const [firstItem] = items;
  if (firstItem === undefined) return [];
  const from = items.map((item) => item.from && side(item.from));
  const target = container.endpoints.find(({ network, wired }) => wired === undefined && !network.internal);
  if (target === undefined || container.mode.kind !== 'attached') {
    if (!incomplete) reportNoTarget(container, firstItem, onDiagnostic);
    return [];
  }
  const home = homeOf(target);
  if (home === undefined) return [];

  const drafts: PublicationDraft[] = [];
  for (const [index, item] of items.entries()) {
    for (const form of item.publications) {
      const listener = listenerOf(form, target, home, onDiagnostic);
      if (listener === undefined) continue;
      const common = { target, host: home.host.name, from: from[index], listener, span: form.span };
      if (form.kind === 'all') {
        const exposed = unpublishedPorts(container, items);
        if (exposed.length === 0) reportNothingExposed(container, form.span, onDiagnostic);
        for (const { protocol, containerPorts } of exposed)
          drafts.push(draftOf(common, protocol, undefined, containerPorts, undefined));
        continue;
      }
      const { protocol, hostPorts, containerPorts, hostAddress } = form;
      drafts.push(draftOf(common, protocol, hostPorts?.value, containerPorts.value, hostAddress?.value));
    }
  }
  return withoutRepeated(drafts, onDiagnostic);
}

/** On a routed network nothing is translated and the host port has no meaning, so none is given out. */
function draftOf(
  { target, host, from, listener, span }: Pick<PublicationDraft, 'target' | 'host' | 'from' | 'listener' | 'span'>,
  protocol: PortProtocol,
  hostPorts: PortRange | undefined,
  containerPorts: PortRange,
  written: Address | undefined,
): PublicationDraft {
  const isRouted = target.network.gatewayMode === 'routed';
  return {
    container: target.container,
    target,
    listener,
    protocol,
    hostPorts: hostPorts ?? (isRouted ? containerPorts : undefined),
    containerPorts,
    from,
    span,
    written,
    host,
  };
}

/** What `publish all` means: as in Docker, the exposed ports that no other publication of the container leads to. */
function unpublishedPorts(
  container: Container,
  items: readonly PublishItem[],
): { protocol: PortProtocol; containerPorts: PortRange }[] {
  const published: Record<PortProtocol, PortSet> = {
    tcp: growingPortSet(),
    udp: growingPortSet(),
    sctp: growingPortSet(),
  };
  for (const form of items.flatMap((item) => several(item.publications, 'ports')))
    published[form.protocol].take(form.containerPorts.value);
  return container.exposed.flatMap(({ protocol, ports }) =>
    published[protocol].take(ports).map((containerPorts) => ({ protocol, containerPorts })),
  );
}

function reportNothingExposed(container: Container, span: Diagnostic['span'], onDiagnostic: OnDiagnostic): void {
  onDiagnostic(
    report(publishAllOfNothing, span, `\`${container.name}\` exposes no port that it does not publish already`, {
      help: 'say what it serves: `expose 80/tcp`',
    }),
  );
}

/**
 * The lock keeps a host port by container, written address, protocol and container port, so of two publications without
 * host port that share one, the later is reported and left out. Sort and sweep over the ports of each address and protocol.
 */
function withoutRepeated(drafts: readonly PublicationDraft[], onDiagnostic: OnDiagnostic): readonly PublicationDraft[] {
  if (drafts.length < 2) return drafts;
  const groups = new Map<string, { draft: PublicationDraft; place: number }[]>();
  for (const [place, draft] of drafts.entries()) {
    if (draft.hostPorts !== undefined) continue;
    const key = `${draft.written === undefined ? '*' : addressKey(draft.written)} ${draft.protocol}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [{ draft, place }]);
    else group.push({ draft, place });
  }
  const dropped = new Map<PublicationDraft, PublicationDraft>();
  for (const group of groups.values()) {
    group.sort((left, right) => left.draft.containerPorts.first - right.draft.containerPorts.first);
    let widest = group[0];
    for (const entry of group.slice(1)) {
      if (widest === undefined || widest.draft.containerPorts.last < entry.draft.containerPorts.first) widest = entry;
      else {
        const [first, second] = widest.place < entry.place ? [widest, entry] : [entry, widest];
        dropped.set(second.draft, first.draft);
        if (entry === first || entry.draft.containerPorts.last > widest.draft.containerPorts.last) widest = entry;
      }
    }
  }
  for (const [second, first] of dropped)
    onDiagnostic(
      report(
        freePortTwice,
        second.span,
        `\`${second.container}\` already publishes ${formatPortRange(overlap(first.containerPorts, second.containerPorts))}/${second.protocol} without a host port`,
        { related: [{ span: first.span, message: 'first published here' }], help: 'remove one, or name its host port' },
      ),
    );
  return drafts.filter((draft) => !dropped.has(draft));
}

function overlap(left: PortRange, right: PortRange): PortRange {
  return {
    first: left.first > right.first ? left.first : right.first,
    last: left.last < right.last ? left.last : right.last,
  };
}

function whyInternal({ name, networkKind }: Network): string {
  return networkKind === 'switch' ? `\`${name}\` is on a switch, to which no host leads` : `\`${name}\` is internal`;
}

function reportNoTarget(container: Container, item: PublishItem, onDiagnostic: OnDiagnostic): void {
  const { name, mode, endpoints } = container;
  const first = endpoints.find(({ wired }) => wired === undefined);
  if (mode.kind === 'attached' && first !== undefined) {
    onDiagnostic(
      report(publishInternalOnly, item.span, `\`${name}\` publishes a port, but all of its networks are internal`, {
        related: [{ span: first.network.span, message: whyInternal(first.network) }],
        help: 'attach it to a network that is not internal as well',
      }),
    );
    return;
  }
  const ways = {
    attached: { reason: 'it is attached to no network', help: 'attach it to a network that is not internal' },
    host: { reason: "it uses the host's own network", help: 'its ports are open on the host itself: allow them there' },
    none: { reason: 'it has no network', help: 'attach it to a network that is not internal' },
    shared: {
      reason: `it uses the network of \`${mode.kind === 'shared' ? mode.container : ''}\``,
      help: 'publish the port at the container whose network it uses',
    },
  } satisfies Record<typeof mode.kind, { reason: string; help: string }>;
  const { reason, help } = ways[mode.kind];
  onDiagnostic(report(publishWithoutNetwork, item.span, `\`${name}\` publishes a port, but ${reason}`, { help }));
}

/** Where a publication answers; undefined where the target lacks the family, which is reported. */
function listenerOf(
  form: PublicationForm,
  target: Endpoint,
  home: ResolvedHost,
  onDiagnostic: OnDiagnostic,
): PublicationListener | undefined {
  if (form.kind === 'all' || form.hostAddress === undefined)
    return defaultListener(target, home, form.span, onDiagnostic);
  const { value, span } = form.hostAddress;
  if (target.addresses[value.family] !== undefined) return listenerOn(value);
  reportMissingFamily(value, target, span, [], onDiagnostic);
  return undefined;
}

/** The host's `publish-address`, else every address of the families that the target has. */
function defaultListener(
  target: Endpoint,
  home: ResolvedHost,
  span: Diagnostic['span'],
  onDiagnostic: OnDiagnostic,
): PublicationListener | undefined {
  const { publishAddress } = home.host;
  if (publishAddress === undefined) {
    const present = families.filter((family) => target.addresses[family] !== undefined);
    return present.length === 0 ? undefined : { kind: 'all', families: present };
  }
  if (target.addresses[publishAddress.family] !== undefined) return listenerOn(publishAddress);
  const related =
    home.publishAddressSpan === undefined
      ? []
      : [{ span: home.publishAddressSpan, message: 'the host publishes on this address' }];
  reportMissingFamily(publishAddress, target, span, related, onDiagnostic);
  return undefined;
}

/** `0.0.0.0` and `[::]` are every address of their family. */
function listenerOn(address: Address): PublicationListener {
  return address.value === 0n ? { kind: 'all', families: [address.family] } : { kind: 'address', address };
}

function reportMissingFamily(
  address: Address,
  target: Endpoint,
  span: Diagnostic['span'],
  related: Diagnostic['related'],
  onDiagnostic: OnDiagnostic,
): void {
  const names: Record<Family, string> = { ipv4: 'IPv4', ipv6: 'IPv6' };
  if (target.network.subnets[address.family] !== undefined) return;
  onDiagnostic(
    report(
      publishFamilyMissing,
      span,
      `${formatAddress(address)} is an ${names[address.family]} address, but \`${target.container}\` has none on \`${target.network.name}\``,
      {
        related,
        help: `give \`${target.network.name}\` an ${names[address.family]} subnet, or publish on another address`,
      },
    ),
  );
}
