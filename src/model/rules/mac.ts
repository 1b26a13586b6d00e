/** A MAC address belongs to one container of a network, and to one at all. */
import { macNotUsable } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import type { MacAddress } from '../../net/mac.ts';
import type { Endpoint, Network } from '../model.ts';
import type { CheckContext } from './rule.ts';

export function* checkMacs({ model }: CheckContext): Generator<Diagnostic> {
  const holders = new Map<Network, Map<MacAddress, Endpoint>>();
  for (const { endpoints } of model.containers)
    for (const endpoint of endpoints) {
      const { mac, network, container, span } = endpoint;
      if (mac === undefined) continue;
      if (isGroup(mac)) {
        yield report(macNotUsable, span, `\`${container}\` cannot have the MAC address ${mac}: it addresses a group`, {
          help: 'the first octet of a single interface is even, as in 02:42:ac:11:00:02',
        });
        continue;
      }
      const held = holders.get(network) ?? new Map<MacAddress, Endpoint>();
      holders.set(network, held);
      const first = held.get(mac);
      if (first === undefined) held.set(mac, endpoint);
      else
        yield report(
          macNotUsable,
          span,
          `\`${container}\` and \`${first.container}\` have the same MAC address on \`${network.name}\``,
          {
            related: [{ span: first.span, message: 'first given here' }],
            help: 'give one of them another address, or none',
          },
        );
    }
}

/** The lowest bit of the first octet marks group addresses. */
function isGroup(mac: MacAddress): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}
