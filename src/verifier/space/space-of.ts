/** Spaces for questions: everything that takes part in the question cuts them. */
import type { HostView } from '../../host-view/host-view.ts';
import type { Family } from '../../net/address.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { CutCollector } from './cuts.ts';
import { cutByRules } from './cuts-of-rules.ts';
import { cutByView } from './cuts-of-view.ts';
import { Space, type SpaceOptions, type Wiring } from './space.ts';

export interface SpaceContents extends SpaceOptions {
  readonly view: HostView;
  readonly rulesets: readonly Ruleset[];
  readonly wiring?: Wiring;
  /** What else tells packets apart: a policy, a question about a port. */
  readonly cut?: (cuts: CutCollector) => void;
}

/** The space of one address family. */
export function spaceOf(family: Family, { view, rulesets, wiring, cut, ...options }: SpaceContents): Space {
  const cuts = new CutCollector(family);
  for (const protocol of knownProtocols) cuts.add('protocol', protocol, protocol);
  for (const type of knownTypes[family]) cuts.add('icmpType', type, type);
  cuts.add('hopLimit', 0, 1);
  cutByView(cuts, view);
  cutByRules(cuts, rulesets);
  cut?.(cuts);
  return new Space(view, cuts.result(), wiring, options);
}

/** Protocols that the kernel, or IPv6 itself, treats in a way of its own. */
export const knownProtocols = [0, 1, 2, 6, 17, 33, 43, 44, 58, 60, 132, 136];
export const knownTypes: Readonly<Record<Family, readonly number[]>> = {
  ipv4: [0, 3, 4, 5, 8, 11, 12, 13, 14, 15, 16, 17, 18],
  ipv6: [1, 2, 3, 4, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 139, 140, 143],
};
