/** What the host itself sends back about packets. */
import type { Piece } from '../hooks/hook.ts';
import { none, routedBy } from '../reading/sight.ts';
import { Passage } from './passage.ts';

export class AnswerWay extends Passage {
  /** What the host itself sends back about packets: a reset, or an ICMP error [121-127]. */
  run(pieces: readonly Piece[]): readonly Piece[] {
    const sent = this.ip({ hook: 'output', input: none, output: routedBy('source'), applied: 2 }, pieces);
    const out = this.ip({ hook: 'postrouting', input: none, output: routedBy('source'), applied: 2 }, sent);
    return this.rules.joined(this.outOfBridge(out, 'source'));
  }
}
