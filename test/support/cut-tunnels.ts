/**
 * Policies that keep a host from the other ends of its own tunnels. What the policy means is said of the frames and of the
 * datagrams that carry them, each by itself: where a deny stops the datagrams, the frames do not arrive though they may pass.
 */
import type { Compiled } from '../../src/compile.ts';
import { protocolNumbers } from '../../src/net/protocol.ts';
import { decide } from '../../src/policy/decide.ts';

export function cutsTunnels(compiled: readonly Compiled[]): boolean {
  return compiled.some((sender) =>
    (sender.model.elsewhere?.tunnels ?? []).some(({ local, peers }) =>
      peers.some(({ host, address }) => {
        if (local === undefined) return false;
        const datagram = {
          source: local,
          destination: address,
          protocol: protocolNumbers.udp,
          sourcePort: 40_000,
          destinationPort: 4789,
          icmpType: undefined,
        };
        const receiver = compiled.find((one) => one.host.name === host);
        const arrivesBy = receiver?.meaning.atlas.routing.lookup(local);
        const by = typeof arrivesBy === 'object' ? arrivesBy.interface : undefined;
        return (
          decide(sender.meaning, { ...datagram, arrivesBy: undefined }).verdict !== 'allowed' ||
          (receiver !== undefined && decide(receiver.meaning, { ...datagram, arrivesBy: by }).verdict !== 'allowed')
        );
      }),
    ),
  );
}
