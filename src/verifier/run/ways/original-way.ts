/** Packets in the original direction: what comes in from a wire, what the host sends itself, what stays on a bridge. */
import { empty, everything, type SetId } from '../../sets/diagrams.ts';
import type { Piece, Stage } from '../hooks/hook.ts';
import {
  fromDevice,
  fromOrigin,
  type InterfaceSight,
  loopback,
  none,
  portBeside,
  portTowards,
  routedBy,
} from '../reading/sight.ts';
import { inetInForward, inetInPrerouting, Passage } from './passage.ts';
import { unmoved } from './unmoved.ts';

export class OriginalWay extends Passage {
  /** The pieces that are delivered. */
  run(pieces: readonly Piece[]): readonly Piece[] {
    const own = this.space.originsWhere(({ device }) => device === undefined);
    return this.rules.joined([...this.fromHost(this.only(pieces, own)), ...this.fromWire(this.without(pieces, own))]);
  }

  private fromWire(pieces: readonly Piece[]): readonly Piece[] {
    const { kernel } = this;
    const bridge = kernel.fromBridge();
    const ported = this.only(pieces, bridge);
    const direct = this.ip(
      { hook: 'prerouting', input: fromOrigin, output: none, applied: 0 },
      this.taken(this.without(pieces, bridge)),
    );
    const routedIn = this.routeIn(direct);
    if (ported.length === 0) return routedIn;
    return [...routedIn, ...(this.rules.judgesBridged ? this.fromBridgeJudged(ported) : this.fromBridgeUnseen(ported))];
  }

  /** br_netfilter: the inet hooks run inside of the bridge's [98, 99]. */
  private fromBridgeJudged(pieces: readonly Piece[]): readonly Piece[] {
    const { kernel, space } = this;
    const frame: Omit<Stage, 'layer'> = { hook: 'prerouting', input: fromDevice, output: none, applied: 0 };
    const early = this.bridge({ ...frame, upTo: inetInPrerouting }, pieces);
    const seen = this.ip({ hook: 'prerouting', input: fromOrigin, output: none, applied: 0 }, early);
    const late = this.bridge({ ...frame, applied: 1, above: inetInPrerouting }, this.routable(seen));
    const stays: Piece[] = [];
    const leaves: Piece[] = [];
    for (const { binding, set } of late) {
      // What the frame was sent to decides, unless translation redirected it: then routing does, as for any forwarded packet [91].
      const behind = kernel.behindOwnBridge('destination');
      const moves = binding.destination === 'realDestination';
      const stay = moves
        ? space.diagrams.intersect(kernel.routedBackToBridge(binding.destination), this.redirectable(binding))
        : behind;
      const kept = moves ? unmoved(space, set) : empty;
      const on =
        kept === empty
          ? space.diagrams.intersect(set, stay)
          : space.diagrams.unite(
              space.diagrams.intersect(space.diagrams.subtract(set, kept), stay),
              space.diagrams.intersect(kept, behind),
            );
      stays.push({ binding, set: on });
      leaves.push({ binding, set: space.diagrams.subtract(set, on) });
    }
    return [...this.acrossBridge(stays), ...this.upFromBridge(leaves)];
  }

  private redirectable(binding: Piece['binding']): SetId {
    const { kernel, space } = this;
    const admitted = kernel.admitted('source', binding.destination);
    return space.family === 'ipv4'
      ? space.diagrams.intersect(admitted, kernel.forwards('source', binding.destination))
      : admitted;
  }

  private acrossBridge(pieces: readonly Piece[]): readonly Piece[] {
    return pieces.flatMap((piece) => {
      const output = portBeside(piece.binding.destination);
      const frame: Omit<Stage, 'layer'> = { hook: 'forward', input: fromDevice, output, applied: 1 };
      const early = this.bridge({ ...frame, upTo: inetInForward }, [piece]);
      const judged = this.ip({ hook: 'forward', input: fromOrigin, output: fromOrigin, applied: 1 }, early);
      const late = this.bridge({ ...frame, above: inetInForward }, judged);
      const sent = this.bridge({ hook: 'postrouting', input: none, output, applied: 1 }, late);
      return this.ip({ hook: 'postrouting', input: none, output: fromOrigin, applied: 1 }, sent);
    });
  }

  /** Without br_netfilter what stays on a bridge meets the bridge family alone [97]. */
  private fromBridgeUnseen(pieces: readonly Piece[]): readonly Piece[] {
    const behind = this.kernel.behindOwnBridge('destination');
    const frames = this.bridge({ hook: 'prerouting', input: fromDevice, output: none, applied: 0 }, pieces);
    const across = this.bridge(
      { hook: 'forward', input: fromDevice, output: portBeside('destination'), applied: 0 },
      this.only(frames, behind),
    );
    const sent = this.bridge(
      { hook: 'postrouting', input: none, output: portBeside('destination'), applied: 0 },
      across,
    );
    const up = this.bridge(
      { hook: 'input', input: fromDevice, output: none, applied: 0 },
      this.without(frames, behind),
    );
    const seen = this.ip({ hook: 'prerouting', input: fromOrigin, output: none, applied: 0 }, this.taken(up));
    return [...sent, ...this.routeIn(seen)];
  }

  /** Where translation to a link-local address leads depends on the link that the packet is on: nothing is said about it. */
  private routable(pieces: readonly Piece[]): readonly Piece[] {
    const { diagrams, family } = this.space;
    if (family === 'ipv4') return pieces;
    const onLink = this.kernel.linkLocal('realDestination');
    return pieces.map((piece) => {
      if (piece.binding.destination === 'destination') return piece;
      this.losses.forget(diagrams.intersect(piece.set, onLink));
      return { ...piece, set: diagrams.subtract(piece.set, onLink) };
    });
  }

  /** What the network layer takes in at all, as it was sent. */
  private taken(pieces: readonly Piece[]): readonly Piece[] {
    const taken = this.kernel.receivable('source', 'destination');
    if (taken === everything) return pieces;
    for (const { set } of pieces) this.losses.drop(() => this.space.diagrams.subtract(set, taken));
    return this.only(pieces, taken);
  }

  private upFromBridge(pieces: readonly Piece[]): readonly Piece[] {
    return this.routeIn(this.bridge({ hook: 'input', input: fromDevice, output: none, applied: 1 }, pieces));
  }

  /** Routing after prerouting, then up into the host or on through it. */
  private routeIn(pieces: readonly Piece[]): readonly Piece[] {
    const { kernel, space, losses } = this;
    const { diagrams } = space;
    const delivered: Piece[] = [];
    for (const { binding, set } of this.routable(pieces)) {
      const field = binding.destination;
      const admitted = diagrams.intersect(set, kernel.admitted('source', field));
      losses.drop(() => diagrams.subtract(set, admitted));
      const local = diagrams.intersect(admitted, kernel.local(field));
      const forwarded = diagrams.intersectAll(admitted, kernel.outward(field), kernel.forwards('source', field));
      losses.drop(() => diagrams.subtract(admitted, diagrams.unite(local, forwarded)));
      delivered.push(
        ...this.ip({ hook: 'input', input: fromOrigin, output: none, applied: 1 }, [{ binding, set: local }]),
      );
      const out = routedBy(field);
      const passed = this.ip({ hook: 'forward', input: fromOrigin, output: out, applied: 1, hopSpent: true }, [
        { binding, set: forwarded },
      ]);
      delivered.push(...this.leave(passed, fromOrigin));
    }
    return delivered;
  }

  /** The end of the way out. */
  private leave(pieces: readonly Piece[], input: InterfaceSight): readonly Piece[] {
    const { kernel } = this;
    const hopSpent = input.kind !== 'none';
    return pieces.flatMap((piece) => {
      const field = piece.binding.destination;
      const sent = this.ip({ hook: 'postrouting', input, output: routedBy(field), applied: 1, hopSpent }, [piece]);
      const bridged = kernel.toBridge(field);
      const framed = this.bridge(
        { hook: 'output', input: none, output: portTowards(field), applied: 2, hopSpent },
        this.only(sent, bridged),
      );
      const out = this.bridge(
        { hook: 'postrouting', input: none, output: portTowards(field), applied: 2, hopSpent },
        framed,
      );
      return [...this.without(sent, bridged), ...out];
    });
  }

  private fromHost(pieces: readonly Piece[]): readonly Piece[] {
    const { kernel, space, losses } = this;
    const { diagrams } = space;
    const sendable = diagrams.intersect(
      kernel.maySend('source', 'destination'),
      diagrams.unite(kernel.local('destination'), kernel.outward('destination')),
    );
    for (const { set } of pieces) losses.drop(() => diagrams.subtract(set, sendable));
    // The interface is that of the destination as sent, also behind NAT [56].
    const passed = this.ip(
      { hook: 'output', input: none, output: routedBy('destination'), applied: 0 },
      this.only(pieces, sendable),
    );
    const delivered: Piece[] = [];
    for (const { binding, set } of this.routable(passed)) {
      const field = binding.destination;
      const way = diagrams.intersect(
        set,
        diagrams.intersect(kernel.maySend('source', field), diagrams.unite(kernel.local(field), kernel.outward(field))),
      );
      losses.drop(() => diagrams.subtract(set, way));
      const local = kernel.local(field);
      const looped = this.ip({ hook: 'postrouting', input: none, output: loopback, applied: 1 }, [
        { binding, set: diagrams.intersect(way, local) },
      ]);
      delivered.push(...this.loopIn(looped));
      delivered.push(...this.leave([{ binding, set: diagrams.subtract(way, local) }], none));
    }
    return delivered;
  }
}
