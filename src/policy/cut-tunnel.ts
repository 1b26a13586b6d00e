/**
 * Tunnels that the policy itself cuts: "a deny still binds", so one that covers the datagrams between two hosts stops the
 * frames inside of them as well, whatever is said about those. Each host knows what it lets out and what it lets in.
 */
import type { CheckedModel, Endpoint } from '../model/model.ts';
import type { Address } from '../net/address.ts';
import { protocolNumbers } from '../net/protocol.ts';
import type { Span } from '../source/span.ts';
import type { Flow } from './flow.ts';
import { type TunnelCuts, vxlanPort } from './tunnel.ts';

/** What becomes of a datagram on this host; the span of the statement that decides. */
export type JudgeDatagram = (flow: Flow) => { readonly isAllowed: boolean; readonly span: Span | undefined };

/** The endpoints behind cut tunnels of a host. `arrivesBy`: the interface by which packets of a peer to an address of the host come in. */
export function tunnelCuts(
  { elsewhere, containers }: CheckedModel,
  judge: JudgeDatagram,
  arrivesBy: (peer: Address, local: Address) => string | undefined,
): TunnelCuts {
  const into = new Map<Endpoint, Span | undefined>();
  const outOf = new Map<Endpoint, Span | undefined>();
  for (const { network, interface: port, local, peers } of elsewhere?.tunnels ?? []) {
    if (local === undefined) continue;
    for (const { host, address } of peers) {
      const behind = containers
        .filter((container) => container.host === host)
        .flatMap(({ endpoints }) => endpoints.filter((one) => one.network === network && one.port === port));
      if (behind.length === 0) continue;
      const sent = judge({ ...datagram(local, address), arrivesBy: undefined });
      const by = arrivesBy(address, local);
      const received = by === undefined ? undefined : judge({ ...datagram(address, local), arrivesBy: by });
      for (const endpoint of behind) {
        if (!sent.isAllowed) into.set(endpoint, sent.span);
        if (received?.isAllowed === false) outOf.set(endpoint, received.span);
      }
    }
  }
  return { into, outOf };
}

/** The datagrams of a tunnel; a deny does not look at their source port. */
export function datagram(source: Address, destination: Address): Omit<Flow, 'arrivesBy'> {
  return {
    source,
    destination,
    protocol: protocolNumbers.udp,
    sourcePort: 40_000,
    destinationPort: vxlanPort,
    icmpType: undefined,
  };
}
