/** Where a container stands: on networks, on none, or in another one's network namespace. */
import { unknownReference } from '../../diagnostics/catalogue/import.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import type { Name } from '../../syntax/tree.ts';
import { shorten } from '../reading/shorten.ts';
import { sharingCircles } from './sharing-circles.ts';

/** `Place`: one of the networks, with what is said about the container there; the first ones first. */
export type Placement<Container, Place> =
  | { readonly kind: 'attached'; readonly places: readonly Place[] }
  | { readonly kind: 'host' | 'none' }
  | { readonly kind: 'shared'; readonly with: Container };

/** Containers that would share a namespace that none of them has. */
export function circleDiagnostics<Container extends { readonly mode: Pick<Name, 'span'> }>(
  placements: ReadonlyMap<Container, Placement<Container, unknown>>,
  nameOf: (container: Container) => string,
): readonly Diagnostic[] {
  const sharedWith = (container: Container): Container | undefined => {
    const placement = placements.get(container);
    return placement?.kind === 'shared' ? placement.with : undefined;
  };
  return sharingCircles(placements.keys(), sharedWith).map((container) =>
    report(
      unknownReference,
      container.mode.span,
      `\`${shorten(nameOf(container))}\` shares, in the end, its own network.`,
    ),
  );
}
