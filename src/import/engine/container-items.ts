/** Items of a `container` block that say the same whatever they are made from. */
import type { AliasItem, ContainerItem, DnsItem, ExposedPorts, Name, Written } from '../../syntax/tree.ts';

/** `expose` with each port or range once. */
export function exposeItems(exposed: readonly ExposedPorts[]): readonly ContainerItem[] {
  const ports = [
    ...new Map(exposed.map((entry) => [`${entry.ports.first}-${entry.ports.last}/${entry.protocol}`, entry])).values(),
  ];
  const [first] = ports;
  return first === undefined ? [] : [{ kind: 'expose', ports, span: first.span }];
}

/** `alias` with each name once; nothing without names. */
export function aliasItems(names: readonly Name[]): readonly AliasItem[] {
  const distinct = [...new Map(names.map((name) => [name.text, name])).values()];
  const [first] = distinct;
  return first === undefined ? [] : [{ kind: 'alias', names: distinct, on: undefined, span: first.span }];
}

/** `dns`, `dns-search` and `dns-option`, each where it has values. */
export function dnsItems(values: Readonly<Record<DnsItem['kind'], readonly Written<string>[]>>): readonly DnsItem[] {
  return (['dns', 'dns-search', 'dns-option'] as const).flatMap((kind) => {
    const [first] = values[kind];
    return first === undefined ? [] : [{ kind, values: values[kind], span: first.span }];
  });
}
