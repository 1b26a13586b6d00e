/** Changes as single packets, sent through both rules in the simulator: what is shown was seen there too. */
import type { HostView } from '../../host-view/host-view.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { answeringAt, sentText } from '../proof/counterexample.ts';
import type { ExamplePacket } from '../proof/example.ts';
import { type Fate, firstPacket, replay, replayLater } from '../proof/replay.ts';
import { whereaboutsIn } from '../proof/whereabouts.ts';
import type { PacketKind } from '../run/hook.ts';
import type { Space } from '../space/space.ts';
import type { ChangeExample, ChangeKind, PacketsOf } from './change.ts';

export class Examples {
  private readonly view: HostView;
  private readonly before: readonly Ruleset[];
  private readonly after: readonly Ruleset[];
  /** A simulation is made for every example: so many and no more. */
  private left: number;

  constructor(view: HostView, before: readonly Ruleset[], after: readonly Ruleset[], most: number) {
    this.view = view;
    this.before = before;
    this.after = after;
    this.left = most;
  }

  of(space: Space, kind: ChangeKind, packets: PacketsOf, packet: ExamplePacket, later?: PacketKind): ChangeExample {
    const sent = firstPacket(packet, packets !== 'stray packets');
    const text = sentText(sent);
    if (this.left <= 0) return { packet, text, before: undefined, after: undefined, confirmed: undefined };
    this.left--;
    const fateBy = (rulesets: readonly Ruleset[]): Fate => {
      const scene = { view: this.view, rulesets, chainOrder: 'unknown' as const, isBehind: whereaboutsIn(space) };
      if (later === undefined) return replay(scene, [sent]).fate;
      const answersAt: Parameters<typeof replayLater>[3] = (received, at) => answeringAt(space, received, at);
      return replayLater(scene, packet, later, answersAt, 'natural')?.fate ?? { kind: 'dropped' };
    };
    const [before, after] = [fateBy(this.before), fateBy(this.after)];
    return { packet, text, before, after, confirmed: confirms(kind, before, after) };
  }
}

function confirms(kind: ChangeKind, before: Fate, after: Fate): boolean | undefined {
  if (before.kind === 'unknown' || after.kind === 'unknown') return undefined;
  const [was, is] = [before.kind === 'delivered', after.kind === 'delivered'];
  switch (kind) {
    case 'opens':
      return !was && is;
    case 'closes':
      return was && !is;
    case 'translates':
      return was && is;
    case 'refuses':
      return !was && !is;
    case 'may-open':
    case 'may-close':
    case 'uncertain':
      return undefined;
  }
}
