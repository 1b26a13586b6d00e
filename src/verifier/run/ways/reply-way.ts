/** Packets in the reply direction, from where the receivers are. */
import { empty, type SetId } from '../../sets/diagrams.ts';
import type { Piece, Stage } from '../hooks/hook.ts';
import { fromDevice, fromOrigin, loopback, none, portBeside, portTowards, routedBy } from '../reading/sight.ts';
import { inetInForward, inetInPrerouting, Passage } from './passage.ts';

export class ReplyWay extends Passage {
  /** Packets in the reply direction of connections whose first packets were delivered in these pieces. */
  run(pieces: readonly Piece[]): readonly Piece[] {
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
}
