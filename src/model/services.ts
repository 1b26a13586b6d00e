/** What statements say about protocols and ports: declared services are replaced by what they stand for. */
import { containsItself, unknownIcmpType } from '../diagnostics/catalogue/names.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import { suggest } from '../diagnostics/suggest.ts';
import { families } from '../net/address.ts';
import { portProtocolNumber, protocolNumbers } from '../net/protocol.ts';
import type { IcmpService, NamedService, PortService, ServiceItem, ServiceStatement } from '../syntax/tree.ts';
import { type FlattenItem, flatten } from './flatten.ts';
import { icmpTypes } from './icmp-types.ts';
import type { Lookup } from './lookup.ts';
import type { Service } from './model.ts';

type OnDiagnostic = (diagnostic: Diagnostic) => void;

export const anyService: Service = { kind: 'any' };

/** Gives what a list of service items means; an empty list means any. An item with an error means nothing. */
export type ServiceResolver = (items: readonly ServiceItem[]) => readonly Service[];

export function serviceResolver(
  declared: ReadonlyMap<string, ServiceStatement>,
  lookup: Lookup,
  onDiagnostic: OnDiagnostic,
): ServiceResolver {
  const own = (item: Exclude<ServiceItem, NamedService>): readonly Service[] => {
    if (item.kind === 'any') return [anyService];
    return item.kind === 'port' ? [portService(item)] : icmpService(item, onDiagnostic);
  };
  const nodes = new Map<string, FlattenItem<Service>[]>();
  for (const [name, statement] of declared) {
    nodes.set(
      name,
      statement.items.flatMap((item): FlattenItem<Service>[] => {
        if (item.kind !== 'named') return own(item).map((leaf) => ({ leaf }));
        const found = lookup.service({ text: item.name, span: item.span });
        return found === undefined ? [] : [{ reference: found.name.text }];
      }),
    );
  }
  const { members, circles } = flatten(nodes, serviceKey);
  for (const circle of circles) reportCircle('service', circle, declared, onDiagnostic);

  return (items) => {
    if (items.length === 0) return [anyService];
    const result = new Map<string, Service>();
    for (const item of items) {
      const services = item.kind === 'named' ? named(item) : own(item);
      for (const service of services) result.set(serviceKey(service), service);
    }
    return [...result.values()];
  };

  function named(item: NamedService): readonly Service[] {
    const found = lookup.service({ text: item.name, span: item.span });
    return found === undefined ? [] : (members.get(found.name.text) ?? []);
  }
}

/** One report for a circle of groups or services, at the first of its declarations. */
export function reportCircle(
  what: 'group' | 'service',
  circle: readonly string[],
  declared: ReadonlyMap<string, { readonly name: { readonly text: string; readonly span: Diagnostic['span'] } }>,
  onDiagnostic: OnDiagnostic,
): void {
  const [first, ...others] = circle.flatMap((name) => declared.get(name) ?? []);
  if (first === undefined) return;
  const path = [...(circle.length > 6 ? [...circle.slice(0, 5), '...'] : circle), circle[0]].join(' -> ');
  onDiagnostic(
    report(containsItself, first.name.span, `the ${what} \`${first.name.text}\` contains itself: ${path}`, {
      related: others
        .slice(0, 5)
        .map(({ name }) => ({ span: name.span, message: `\`${name.text}\` is part of the circle` })),
    }),
  );
}

/** `22/tcp`, or a bare protocol. */
export function portService(item: PortService): Service {
  const protocol = portProtocolNumber(item.protocol);
  return item.ports === undefined ? { kind: 'protocol', protocol } : { kind: 'ports', protocol, ports: item.ports };
}

function icmpService(item: IcmpService, onDiagnostic: OnDiagnostic): readonly Service[] {
  if (item.type === undefined)
    return [protocolNumbers.icmp, protocolNumbers.icmpv6].map((protocol) => ({ kind: 'protocol', protocol }));
  const { text, span } = item.type;
  const known = icmpTypes.get(text);
  if (known !== undefined) {
    return families.flatMap((family): Service[] => {
      const type = known[family];
      return type === undefined ? [] : [{ kind: 'icmp-type', family, type }];
    });
  }
  const guess = suggest(text, [...icmpTypes.keys()]);
  onDiagnostic(
    report(
      unknownIcmpType,
      span,
      `there is no ICMP type called \`${text}\``,
      guess === undefined
        ? { help: 'types have the names that nft and iptables use, for example `echo-request`' }
        : { help: `did you mean \`${guess}\`?`, edit: { span, replacement: guess, safe: false } },
    ),
  );
  return [];
}

/** A string that is equal exactly for equal services. */
export function serviceKey(service: Service): string {
  switch (service.kind) {
    case 'any':
      return 'any';
    case 'protocol':
      return `${service.protocol}`;
    case 'ports':
      return `${service.protocol}:${service.ports.first}-${service.ports.last}`;
    case 'icmp-type':
      return `${service.family} type ${service.type}`;
  }
}
