/**
 * The meaning as sets of flows. The same sentences as decide.ts, written for a proof to calculate with; a law holds the two
 * equal.
 */
import type { Meaning } from '../decide.ts';
import { baselineBoxes, linkBoxes } from './baseline.ts';
import type { FlowBox, SourceSet, TranslationBox } from './flow-box.ts';
import { routedBoxes, translationsOf } from './publications.ts';
import { regionsOf } from './regions.ts';
import { boxesOf, seenByTheHost } from './subjects.ts';
import { intoCutTunnels, straysFromTunnels, tunnelDenies, tunnelPermits } from './tunnels.ts';

export interface MeaningSets {
  /** Every source that a sender may have, by the side that it sends from: what comes from elsewhere is forged. */
  readonly senders: readonly SourceSet[];
  readonly translations: readonly TranslationBox[];
  /** What ends before any statement is asked, by the destination as sent: frames from a tunnel that are not for its network, or that never come. */
  readonly strays: readonly FlowBox[];
  /** What goes into a tunnel whose datagrams are denied. */
  readonly cut: readonly FlowBox[];
  /** Judged by the destination as sent and, again, by the real one. */
  readonly denies: readonly (FlowBox & { readonly reject: boolean })[];
  /** Judged by the real destination: baseline, allow, link and routed publications. */
  readonly permits: readonly FlowBox[];
}

/** What a policy means on one host, as sets. */
export function meaningSets(meaning: Meaning): MeaningSets {
  const regions = regionsOf(meaning.atlas);
  const { model } = meaning.atlas;
  const publications = model.containers.flatMap((container) => container.publications);
  const denies = model.access.filter(({ action }) => action === 'deny');
  const allows = model.access.filter(({ action }) => action === 'allow');
  return {
    senders: regions.everySource,
    translations: publications.flatMap((publication) => translationsOf(regions, publication)),
    strays: straysFromTunnels(regions),
    cut: intoCutTunnels(regions),
    denies: [
      ...denies.flatMap((deny) =>
        boxesOf(regions, deny.from, deny.to, deny.services, 'deny', deny.span).map((box) => ({
          ...box,
          sources: seenByTheHost(regions, box.sources),
          reject: deny.reject,
        })),
      ),
      ...tunnelDenies(regions),
    ],
    permits: [
      ...baselineBoxes(regions),
      ...tunnelPermits(regions),
      ...allows.flatMap((allow) => boxesOf(regions, allow.from, allow.to, allow.services, 'allow', allow.span)),
      ...model.links.flatMap(linkBoxes),
      ...publications.flatMap((publication) => routedBoxes(regions, publication)),
    ],
  };
}
