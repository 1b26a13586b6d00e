/** A stand-in for the printer. */
import { formatAddress } from '../../../src/net/address.ts';
import { formatPortRange } from '../../../src/net/port.ts';
import { formatPrefix } from '../../../src/net/prefix.ts';
import type { PolicyFile } from '../../../src/syntax/tree.ts';

export function printPolicy(file: PolicyFile): string {
  const flag = (name: string, on: boolean): string => (on ? name : `${name} off`);
  const item = (i: any): string => {
    switch (i.kind) {
      case 'bridge':
        return `bridge ${i.name.text}`;
      case 'macvlan':
        return `macvlan on ${i.nic.text}`;
      case 'subnet':
        return `subnet ${i.subnets.map((s: any) => formatPrefix(s.value)).join(', ')}`;
      case 'gateway':
        return `gateway ${i.addresses.map((s: any) => formatAddress(s.value)).join(', ')}`;
      case 'mtu':
        return `mtu ${i.mtu.value}`;
      case 'mac':
        return `mac ${i.mac.value}`;
      case 'icc':
      case 'internal':
      case 'masquerade':
        return flag(i.kind, i.on);
      case 'gateway-mode':
        return `gateway-mode ${i.mode.value}`;
      case 'attach':
        return `attach ${[i.network.text, i.addresses.map((a: any) => formatAddress(a.value)).join(', ')].filter(Boolean).join(' ')}${i.options.length ? ` { ${i.options.map(item).join('; ')} }` : ''}`;
      case 'network-mode':
        return `network ${i.mode}${i.container ? `:${i.container.text}` : ''}`;
      case 'expose':
        return `expose ${i.ports.map((p: any) => `${formatPortRange(p.ports)}/${p.protocol}`).join(', ')}`;
      case 'publish':
        return `publish ${i.publications
          .map((p: any) => {
            const a = p.hostAddress
              ? p.hostAddress.value.family === 'ipv6'
                ? `[${formatAddress(p.hostAddress.value)}]:`
                : `${formatAddress(p.hostAddress.value)}:`
              : '';
            const h = p.hostPorts ? `${formatPortRange(p.hostPorts.value)}:` : a ? ':' : '';
            return `${a}${h}${formatPortRange(p.containerPorts.value)}${p.protocol === 'tcp' ? '' : `/${p.protocol}`}`;
          })
          .join(', ')}`;
      case 'hostname':
        return `hostname ${i.hostname.text}`;
      case 'alias':
        return `alias ${i.names.map((n: any) => n.text).join(', ')}`;
      case 'dns':
      case 'dns-search':
      case 'dns-option':
        return `${i.kind} ${i.values.map((v: any) => v.value).join(', ')}`;
      default:
        throw new Error(i.kind);
    }
  };
  return file.statements
    .map((s: any) => {
      if (s.kind === 'link') return `link ${s.from.text} -> ${s.to.text}${s.alias ? ` as ${s.alias.text}` : ''}`;
      return `${s.kind} ${s.name.text} {\n${s.items.map((i: any) => `  ${item(i)}\n`).join('')}}`;
    })
    .join('\n');
}
