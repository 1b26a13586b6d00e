/** The ways of packets through a host, hook by hook. Each gives what is delivered; where the rest ended is added to the losses. */

import type { Losses, PacketKind, Piece, Rules } from '../hooks/hook.ts';
import { AnswerWay } from './answer-way.ts';
import { OriginalWay } from './original-way.ts';
import { ReplyWay } from './reply-way.ts';
import { StrayReplyWay } from './stray-reply-way.ts';

export class Journey {
  readonly rules: Rules;
  private readonly kind: PacketKind;
  private readonly losses: Losses;
  private readonly anyFrame: boolean;

  /** `anyFrame`: frames from bridge ports are sent to somebody on the bridge, whoever the packet is for. */
  constructor(rules: Rules, kind: PacketKind, losses: Losses, anyFrame = false) {
    this.rules = rules;
    this.kind = kind;
    this.losses = losses;
    this.anyFrame = anyFrame;
  }

  /** Packets in the original direction. */
  original(pieces: readonly Piece[]): readonly Piece[] {
    return new OriginalWay(this.rules, this.kind, this.losses, this.anyFrame).run(pieces);
  }

  /** Packets in the reply direction of connections whose first packets were delivered in these pieces. */
  reply(pieces: readonly Piece[]): readonly Piece[] {
    return new ReplyWay(this.rules, this.kind, this.losses, this.anyFrame).run(pieces);
  }

  /** Replies that come in by the device that `origin` now stands for, wherever the receiver really is. */
  strayReply(pieces: readonly Piece[]): readonly Piece[] {
    return new StrayReplyWay(this.rules, this.kind, this.losses, this.anyFrame).run(pieces);
  }

  /** What the host itself sends back about packets: a reset, or an ICMP error [121-127]. */
  answer(pieces: readonly Piece[]): readonly Piece[] {
    return new AnswerWay(this.rules, this.kind, this.losses, this.anyFrame).run(pieces);
  }
}
