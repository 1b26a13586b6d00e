/**
 * The ways of packets through a host, hook by hook: what comes in from a wire, what the host sends itself, what stays on a
 * bridge; and the same for what comes back. Gives what is delivered, and where the rest ended.
 */
import { empty, everything, type SetId } from '../sets/diagrams.ts';
import type { Space } from '../space/space.ts';
import type { Losses, PacketKind, Piece, Rules, Stage } from './hook.ts';
import { Kernel } from './kernel.ts';
import {
  fromDevice,
  fromOrigin,
  type InterfaceSight,
  loopback,
  none,
  portBeside,
  portTowards,
  routedBy,
} from './sight.ts';
import { unmoved } from './unmoved.ts';

/** The bridge priorities at which the inet hooks run [99]. */
const inetInPrerouting = 0;
const inetInForward = -1;

export class Journey {
  private readonly space: Space;
  readonly rules: Rules;
  private readonly kind: PacketKind;
  private readonly losses: Losses;
  private readonly kernel: Kernel;

  constructor(rules: Rules, kind: PacketKind, losses: Losses, anyFrame = false) {
    this.space = rules.space;
    this.rules = rules;
    this.kind = kind;
    this.losses = losses;
    this.kernel = new Kernel(rules.space, anyFrame);
  }

  // ---- the original direction -----------------------------------------------------------------------------------------

  /** Packets in the original direction: the pieces that are delivered. */
  original(pieces: readonly Piece[]): readonly Piece[] {
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

  /** The host's own packets to itself come in again by lo, with the same entry in conntrack [52, 75]. */
  private loopIn(pieces: readonly Piece[]): readonly Piece[] {
    const seen = this.ip({ hook: 'prerouting', input: loopback, output: none, applied: 2, known: true }, pieces);
    return this.ip({ hook: 'input', input: loopback, output: none, applied: 2, known: true }, seen);
  }

  // ---- the reply direction --------------------------------------------------------------------------------------------

  /** Packets in the reply direction of connections whose first packets were delivered in these pieces. */
  reply(pieces: readonly Piece[]): readonly Piece[] {
    return this.rules.joined(pieces.flatMap((piece) => this.replyOf(piece)));
  }

  private replyOf({ binding, set }: Piece): readonly Piece[] {
    const { kernel, space } = this;
    const { diagrams } = space;
    const field = binding.destination;
    const own = space.originsWhere(({ device }) => device === undefined);
    const fromUs = diagrams.intersect(set, kernel.local(field));
    const toUs = diagrams.intersect(set, own);
    const between = diagrams.subtract(set, diagrams.unite(fromUs, toUs));
    const behind = field === 'realDestination' ? kernel.routedBackToBridge(field) : kernel.behindOwnBridge(field);
    const switched = diagrams.subtract(diagrams.intersect(between, behind), this.answeredByGateway());
    const through = diagrams.subtract(between, switched);
    const piece = (part: SetId): readonly Piece[] => (part === empty ? [] : [{ binding, set: part }]);
    const sent = this.ip({ hook: 'output', input: none, output: routedBy('source'), applied: 0 }, piece(fromUs));
    const home = this.ip({ hook: 'postrouting', input: none, output: loopback, applied: 1 }, this.only(sent, own));
    const away = this.ip(
      { hook: 'postrouting', input: none, output: routedBy('source'), applied: 1 },
      this.without(sent, own),
    );
    const arrived = this.replyIn(piece(diagrams.subtract(diagrams.unite(toUs, through), fromUs)), field);
    const up = this.ip({ hook: 'input', input: routedBy(field), output: none, applied: 1 }, this.only(arrived, own));
    const forwarded = this.ip(
      { hook: 'forward', input: routedBy(field), output: routedBy('source'), applied: 1, hopSpent: true },
      this.without(arrived, own),
    );
    const out = this.ip(
      { hook: 'postrouting', input: routedBy(field), output: routedBy('source'), applied: 1, hopSpent: true },
      forwarded,
    );
    return [
      ...this.loopIn(home),
      ...this.outOfBridge(away, 'source'),
      ...up,
      ...this.outOfBridge(out, 'source'),
      ...this.replyAcross(piece(switched)),
    ];
  }

  /**
   * Packets across a bridge whose source is not on its link, where addresses may be made up: the receiver answers by way of its
   * gateway, the host, if that has an address there. Who answers whom on a LAN is another matter.
   */
  private answeredByGateway(): SetId {
    const { kernel, space } = this;
    const { diagrams } = space;
    return space.once('answered by way of the gateway', () => {
      const gateways = new Set(
        space.view.interfaces
          .filter(({ addresses }) =>
            addresses.some(({ address, scope }) => address.family === space.family && scope !== 'link'),
          )
          .map(({ name }) => name),
      );
      const ours = space.originsWhere(
        ({ bridge }) => bridge !== undefined && gateways.has(bridge) && !space.lans.has(bridge),
      );
      const beyond = diagrams.subtract(kernel.outward('source'), kernel.behindOwnBridge('source'));
      return diagrams.intersect(ours, beyond);
    });
  }

  /** A reply comes in from where the receiver is. */
  private replyIn(pieces: readonly Piece[], field: 'destination' | 'realDestination'): readonly Piece[] {
    const bridged = this.kernel.toBridge(field);
    const frame: Omit<Stage, 'layer'> = { hook: 'prerouting', input: portTowards(field), output: none, applied: 0 };
    const judged = this.rules.judgesBridged;
    const early = this.bridge(judged ? { ...frame, upTo: inetInPrerouting } : frame, this.only(pieces, bridged));
    const prerouting: Omit<Stage, 'layer'> = { hook: 'prerouting', input: routedBy(field), output: none, applied: 0 };
    if (!judged) {
      const up = this.bridge({ ...frame, hook: 'input' }, early);
      return this.ip(prerouting, [...up, ...this.without(pieces, bridged)]);
    }
    const late = this.bridge({ ...frame, applied: 1, above: inetInPrerouting }, this.ip(prerouting, early));
    const up = this.bridge({ ...frame, hook: 'input', applied: 1 }, late);
    return [...up, ...this.ip(prerouting, this.without(pieces, bridged))];
  }

  private replyAcross(pieces: readonly Piece[]): readonly Piece[] {
    return pieces.flatMap((piece) => {
      const input = portBeside(piece.binding.destination);
      const frame: Omit<Stage, 'layer'> = { hook: 'prerouting', input, output: none, applied: 0 };
      const forward: Omit<Stage, 'layer'> = { hook: 'forward', input, output: fromDevice, applied: 1 };
      const out: Omit<Stage, 'layer'> = { hook: 'postrouting', input: none, output: fromDevice, applied: 1 };
      if (!this.rules.judgesBridged) return this.bridge(out, this.bridge(forward, this.bridge(frame, [piece])));
      const early = this.bridge({ ...frame, upTo: inetInPrerouting }, [piece]);
      const seen = this.ip({ hook: 'prerouting', input: fromOrigin, output: none, applied: 0 }, early);
      const late = this.bridge({ ...frame, applied: 1, above: inetInPrerouting }, seen);
      const before = this.bridge({ ...forward, upTo: inetInForward }, late);
      const judged = this.ip({ hook: 'forward', input: fromOrigin, output: fromOrigin, applied: 1 }, before);
      const sent = this.bridge(out, this.bridge({ ...forward, above: inetInForward }, judged));
      return this.ip({ hook: 'postrouting', input: none, output: fromOrigin, applied: 1 }, sent);
    });
  }

  private outOfBridge(pieces: readonly Piece[], field: 'source'): readonly Piece[] {
    const bridged = this.kernel.toBridge(field);
    const framed = this.bridge(
      { hook: 'output', input: none, output: portTowards(field), applied: 2, hopSpent: true },
      this.only(pieces, bridged),
    );
    const out = this.bridge(
      { hook: 'postrouting', input: none, output: portTowards(field), applied: 2, hopSpent: true },
      framed,
    );
    return [...this.without(pieces, bridged), ...out];
  }

  /** Replies that come in by the device that `origin` now stands for, wherever the receiver really is. */
  strayReply(pieces: readonly Piece[]): readonly Piece[] {
    const { kernel } = this;
    const bridge = kernel.fromBridge();
    const behind = kernel.behindOwnBridge('source');
    const judged = this.rules.judgesBridged;
    const frame: Omit<Stage, 'layer'> = { hook: 'prerouting', input: fromDevice, output: none, applied: 0 };
    const frames = this.bridge(frame, this.only(pieces, bridge));
    const seen: Omit<Stage, 'layer'> = { hook: 'prerouting', input: fromOrigin, output: none, applied: 0 };
    const bridged = judged ? this.ip(seen, frames) : frames;
    const taken = this.bridge(
      { hook: 'input', input: fromDevice, output: none, applied: judged ? 1 : 0 },
      this.without(bridged, behind),
    );
    const direct = this.ip(seen, [...(judged ? [] : taken), ...this.without(pieces, bridge)]);
    const admitted = [...(judged ? taken : []), ...direct].map(({ binding, set }) => ({
      binding,
      set: this.space.diagrams.intersect(set, kernel.admitted(binding.destination, 'source')),
    }));
    const home = kernel.local('source');
    const up = this.ip({ hook: 'input', input: fromOrigin, output: none, applied: 1 }, this.only(admitted, home));
    const forward: Omit<Stage, 'layer'> = {
      hook: 'forward',
      input: fromOrigin,
      output: routedBy('source'),
      applied: 1,
      hopSpent: true,
    };
    const onward = this.without(admitted, home).map(({ binding, set }) => ({
      binding,
      set: this.space.diagrams.intersect(set, kernel.forwards(binding.destination, 'source')),
    }));
    const passed = this.ip(forward, onward);
    const out = this.ip({ ...forward, hook: 'postrouting' }, passed);
    const across = this.strayAcross(this.only(bridged, behind));
    return this.rules.joined([...up, ...this.outOfBridge(out, 'source'), ...across]);
  }

  /** To somebody behind the bridge by one of whose ports it came in. */
  private strayAcross(pieces: readonly Piece[]): readonly Piece[] {
    const output = portBeside('source');
    const frame: Omit<Stage, 'layer'> = { hook: 'forward', input: fromDevice, output, applied: 1 };
    const out: Omit<Stage, 'layer'> = { hook: 'postrouting', input: none, output, applied: 1 };
    if (!this.rules.judgesBridged) return this.bridge(out, this.bridge(frame, pieces));
    const early = this.bridge({ ...frame, upTo: inetInForward }, pieces);
    const judged = this.ip({ hook: 'forward', input: fromOrigin, output: fromOrigin, applied: 1 }, early);
    const sent = this.bridge(out, this.bridge({ ...frame, above: inetInForward }, judged));
    return this.ip({ hook: 'postrouting', input: none, output: fromOrigin, applied: 1 }, sent);
  }

  /** What the host itself sends back about packets: a reset, or an ICMP error [121-127]. */
  answer(pieces: readonly Piece[]): readonly Piece[] {
    const sent = this.ip({ hook: 'output', input: none, output: routedBy('source'), applied: 2 }, pieces);
    const out = this.ip({ hook: 'postrouting', input: none, output: routedBy('source'), applied: 2 }, sent);
    return this.rules.joined(this.outOfBridge(out, 'source'));
  }

  // ---- pieces ---------------------------------------------------------------------------------------------------------

  private ip(stage: Omit<Stage, 'layer'>, pieces: readonly Piece[]): readonly Piece[] {
    return pieces.length === 0 ? [] : this.rules.hook({ layer: 'ip', ...stage }, this.kind, pieces, this.losses);
  }

  private bridge(stage: Omit<Stage, 'layer'>, pieces: readonly Piece[]): readonly Piece[] {
    return pieces.length === 0 ? [] : this.rules.hook({ layer: 'bridge', ...stage }, this.kind, pieces, this.losses);
  }

  private only(pieces: readonly Piece[], set: SetId): readonly Piece[] {
    const { diagrams } = this.space;
    return pieces
      .map((piece) => ({ ...piece, set: diagrams.intersect(piece.set, set) }))
      .filter((piece) => piece.set !== empty);
  }

  private without(pieces: readonly Piece[], set: SetId): readonly Piece[] {
    const { diagrams } = this.space;
    return pieces
      .map((piece) => ({ ...piece, set: diagrams.subtract(piece.set, set) }))
      .filter((piece) => piece.set !== empty);
  }
}
