/** Replies that come in by another device than that of the receiver. */
import type { Piece, Stage } from '../hooks/hook.ts';
import { fromDevice, fromOrigin, none, portBeside, routedBy } from '../reading/sight.ts';
import { inetInForward, Passage } from './passage.ts';

export class StrayReplyWay extends Passage {
  /** Replies that come in by the device that `origin` now stands for, wherever the receiver really is. */
  run(pieces: readonly Piece[]): readonly Piece[] {
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
}
