/** Host blocks become hosts, with the defaults of what they leave out. */
import { routeFamilies } from '../diagnostics/catalogue/names.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import { formatAddress } from '../net/address.ts';
import { type PortRange, port } from '../net/port.ts';
import { formatPrefix, wholeFamily } from '../net/prefix.ts';
import type { Span } from '../source/span.ts';
import type { ContainerRouteItem, HostBlock, HostRouteItem, InterfaceItem } from '../syntax/tree.ts';
import type { Host, HostInterface, HostRoute } from './model.ts';
import { nameServersOf, noNameServers } from './name-servers.ts';
import { several, single } from './single.ts';

type OnDiagnostic = (diagnostic: Diagnostic) => void;

/** The range of Docker's newer engines. */
const defaultAutoPorts: PortRange = { first: port(32768), last: port(60999) };

/** A host, and what it says about its networks. */
export interface ResolvedHost {
  readonly host: Host;
  readonly iccDefault: boolean;
  /** Where `publish-address` is written. */
  readonly publishAddressSpan: Span | undefined;
}

/** The host that a policy without a host block has; `span` is the start of the file. */
export function impliedHost(span: Span): ResolvedHost {
  return resolveHostItems({ text: 'host', declared: false, items: [], span }, () => {});
}

export function resolveHost(block: HostBlock, onDiagnostic: OnDiagnostic): ResolvedHost {
  return resolveHostItems(
    { text: block.name.text, declared: true, items: block.items, span: block.name.span },
    onDiagnostic,
  );
}

function resolveHostItems(
  block: { text: string; declared: boolean; items: HostBlock['items']; span: Span },
  onDiagnostic: OnDiagnostic,
): ResolvedHost {
  const { items } = block;
  const publishAddress = single(items, 'publish-address', onDiagnostic);
  const transit = single(items, 'transit', onDiagnostic);
  const host: Host = {
    kind: 'host',
    name: block.text,
    declared: block.declared,
    interfaces: several(items, 'interface').map((item) => resolveInterface(item, onDiagnostic)),
    routes: several(items, 'route').flatMap((item) => resolveHostRoute(item, onDiagnostic)),
    ipForward: single(items, 'ip-forward', onDiagnostic)?.on ?? true,
    protectHost: single(items, 'protect-host', onDiagnostic)?.on ?? false,
    transit: transit?.on ?? true,
    transitWritten: transit !== undefined,
    loopbackPublish: single(items, 'loopback-publish', onDiagnostic)?.on ?? false,
    publishAddress: publishAddress?.address.value,
    autoPorts: single(items, 'auto-ports', onDiagnostic)?.range.value ?? defaultAutoPorts,
    dns: nameServersOf(items, noNameServers),
    span: block.span,
  };
  return {
    host,
    iccDefault: single(items, 'icc', onDiagnostic)?.on ?? true,
    publishAddressSpan: publishAddress?.address.span,
  };
}

function resolveInterface(item: InterfaceItem, onDiagnostic: OnDiagnostic): HostInterface {
  return {
    name: item.name.text,
    addresses: several(item.items, 'address').flatMap((entry) => entry.addresses.map((address) => address.value)),
    mtu: single(item.items, 'mtu', onDiagnostic)?.mtu.value,
    span: item.name.span,
  };
}

function resolveHostRoute(item: HostRouteItem, onDiagnostic: OnDiagnostic): HostRoute[] {
  return resolveRoute(item, onDiagnostic).map((route) => ({ ...route, interface: item.on?.text }));
}

/** The route of a host or container; empty where it goes through a gateway of the other family, which is reported. */
export function resolveRoute(
  item: HostRouteItem | ContainerRouteItem,
  onDiagnostic: OnDiagnostic,
): Pick<HostRoute, 'destination' | 'via' | 'span'>[] {
  const via = item.via.value;
  const destination = item.destination?.value ?? wholeFamily(via.family);
  if (destination.address.family === via.family) return [{ destination, via, span: item.span }];
  onDiagnostic(
    report(
      routeFamilies,
      item.via.span,
      `the route to ${formatPrefix(destination)} goes through ${formatAddress(via)}, an address of the other family`,
      { help: 'destination and gateway are both IPv4 or both IPv6' },
    ),
  );
  return [];
}
