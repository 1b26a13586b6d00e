/** A publication on an address works only where an interface of the host holds that address; `::1` never works [96]. */
import { publishAddressMissing, publishIpv6Loopback } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import { type Address, addressKey, formatAddress } from '../../net/address.ts';
import { heldAddresses, isLoopback } from '../held-addresses.ts';
import type { Publication } from '../model.ts';
import type { CheckContext } from './rule.ts';

export function* checkPublishAddress({ hosts }: CheckContext): Generator<Diagnostic> {
  for (const contents of hosts) {
    const held = heldAddresses(contents);
    const missing = new Map<string, { address: Address; publications: Publication[] }>();
    for (const publication of contents.publications) {
      const { listener, span } = publication;
      if (listener.kind === 'all') continue;
      const { address } = listener;
      if (isLoopback(address)) {
        if (address.family === 'ipv6')
          yield report(
            publishIpv6Loopback,
            span,
            'a port published on [::1] cannot be reached, not even from the host',
            {
              help: 'publish on 127.0.0.1, or on an IPv6 address of the host',
            },
          );
        continue;
      }
      if (contents.host.interfaces.length === 0 || held.has(addressKey(address))) continue;
      const entry = missing.get(addressKey(address)) ?? { address, publications: [] };
      missing.set(addressKey(address), entry);
      entry.publications.push(publication);
    }
    for (const { address, publications } of missing.values()) {
      const [first, ...others] = publications;
      if (first === undefined) continue;
      yield report(
        publishAddressMissing,
        first.span,
        `no interface of the host \`${contents.host.name}\` has the address ${formatAddress(address)}`,
        {
          related: others.slice(0, 3).map(({ span }) => ({ span, message: 'published on the same address' })),
          help: 'publish on an address of the host, or on none for all of them',
        },
      );
    }
  }
}
