/** Changes as single packets, sent through both rules in the simulator: what is shown was seen there too. */
import type { HostView } from '../../host-view/host-view.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { Simulation } from '../../simulator/simulation.ts';
import { answeringAt, sentText } from '../proof/counterexample.ts';
import type { ExamplePacket } from '../proof/example.ts';
import { type Fate, firstPacket, replay, replayLater, untouchedHost } from '../proof/replay.ts';
import { whereaboutsIn } from '../proof/whereabouts.ts';
import type { PacketKind } from '../run/hooks/hook.ts';
import type { Space } from '../space/space.ts';
import type { ChangeExample, ChangeKind, PacketsOf } from './change.ts';

export class Examples {
  private readonly view: HostView;
  private readonly rulesets: readonly (readonly Ruleset[])[];
  private hosts: readonly Simulation[] | undefined;
  /** So many and no more are simulated. */
  private left: number;

  constructor(view: HostView, before: readonly Ruleset[], after: readonly Ruleset[], most: number) {
    this.view = view;
    this.rulesets = [before, after];
    this.left = most;
  }

  of(space: Space, kind: ChangeKind, packets: PacketsOf, packet: ExamplePacket, later?: PacketKind): ChangeExample {
    const sent = firstPacket(packet, packets !== 'stray packets');
    const text = sentText(sent);
    if (this.left <= 0) return { packet, text, before: undefined, after: undefined, confirmed: undefined };
    this.left--;
    const fateOn = (untouched: Simulation): Fate => {
      const scene = { view: this.view, isBehind: whereaboutsIn(space), untouched };
      if (later === undefined) return replay(scene, [sent]).fate;
      const answersAt: Parameters<typeof replayLater>[3] = (received, at) => answeringAt(space, received, at);
      return replayLater(scene, packet, later, answersAt, 'natural')?.fate ?? dropped;
    };
    this.hosts ??= this.rulesets.map((rulesets) => untouchedHost(this.view, { rulesets, chainOrder: 'unknown' }));
    const [before = dropped, after = dropped] = this.hosts.map(fateOn);
    return { packet, text, before, after, confirmed: confirms(kind, before, after) };
  }
}

const dropped: Fate = { kind: 'dropped' };

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
