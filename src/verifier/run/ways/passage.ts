/** What the ways of packets through a host have in common: passing hooks, and the ends that several of them share. */
import { empty, type SetId } from '../../sets/diagrams.ts';
import type { Space } from '../../space/space.ts';
import type { Losses, PacketKind, Piece, Rules, Stage } from '../hooks/hook.ts';
import { Kernel } from '../reading/kernel.ts';
import { loopback, none, portTowards } from '../reading/sight.ts';

/** The bridge priorities at which the inet hooks run [99]. */
export const inetInPrerouting = 0;
export const inetInForward = -1;

export class Passage {
  protected readonly space: Space;
  protected readonly rules: Rules;
  protected readonly kernel: Kernel;
  protected readonly losses: Losses;
  private readonly kind: PacketKind;

  constructor(rules: Rules, kind: PacketKind, losses: Losses, anyFrame = false) {
    this.space = rules.space;
    this.rules = rules;
    this.kind = kind;
    this.losses = losses;
    this.kernel = new Kernel(rules.space, anyFrame);
  }

  /** The host's own packets to itself come in again by lo, with the same entry in conntrack [52, 75]. */
  protected loopIn(pieces: readonly Piece[]): readonly Piece[] {
    const seen = this.ip({ hook: 'prerouting', input: loopback, output: none, applied: 2, known: true }, pieces);
    return this.ip({ hook: 'input', input: loopback, output: none, applied: 2, known: true }, seen);
  }

  protected outOfBridge(pieces: readonly Piece[], field: 'source'): readonly Piece[] {
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

  protected ip(stage: Omit<Stage, 'layer'>, pieces: readonly Piece[]): readonly Piece[] {
    return pieces.length === 0 ? [] : this.rules.hook({ layer: 'ip', ...stage }, this.kind, pieces, this.losses);
  }

  protected bridge(stage: Omit<Stage, 'layer'>, pieces: readonly Piece[]): readonly Piece[] {
    return pieces.length === 0 ? [] : this.rules.hook({ layer: 'bridge', ...stage }, this.kind, pieces, this.losses);
  }

  protected only(pieces: readonly Piece[], set: SetId): readonly Piece[] {
    const { diagrams } = this.space;
    return pieces
      .map((piece) => ({ ...piece, set: diagrams.intersect(piece.set, set) }))
      .filter((piece) => piece.set !== empty);
  }

  protected without(pieces: readonly Piece[], set: SetId): readonly Piece[] {
    const { diagrams } = this.space;
    return pieces
      .map((piece) => ({ ...piece, set: diagrams.subtract(piece.set, set) }))
      .filter((piece) => piece.set !== empty);
  }
}
