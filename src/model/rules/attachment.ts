/** An attachment is the only one of its container to a network, and names a gateway on that network. */
import { attachGatewayOutside, attachTwice } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import { formatAddress } from '../../net/address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { Endpoint, Network } from '../model.ts';
import { isOnNetwork } from '../network.ts';
import type { CheckContext } from './rule.ts';

export function* checkAttachments({ model }: CheckContext): Generator<Diagnostic> {
  for (const { name, endpoints } of model.containers) {
    const seen = endpoints.length > 1 ? new Map<Network, Endpoint>() : undefined;
    for (const endpoint of endpoints) {
      const { network, span } = endpoint;
      const first = seen?.get(network);
      if (first === undefined) seen?.set(network, endpoint);
      else
        yield report(attachTwice, span, `\`${name}\` is attached to \`${network.name}\` already`, {
          related: [{ span: first.span, message: 'first attached here' }],
          help: 'a container has one place on a network: give both addresses in one `attach`',
        });
      if (endpoint.gateways.length > 0) yield* checkGateways(endpoint);
    }
  }
}

function* checkGateways({ container, network, gateways, span }: Endpoint): Generator<Diagnostic> {
  for (const gateway of gateways) {
    if (isOnNetwork(network, gateway)) continue;
    const subnets = Object.values(network.subnets).map(({ prefix }) => formatPrefix(prefix));
    yield report(
      attachGatewayOutside,
      span,
      `\`${container}\` cannot reach the gateway ${formatAddress(gateway)}: it is not on \`${network.name}\``,
      {
        related: [{ span: network.span, message: `\`${network.name}\` has ${subnets.join(' and ') || 'no subnet'}` }],
        help: 'name a gateway on the network, or none for the default one',
      },
    );
  }
}
