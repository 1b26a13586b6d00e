/** Links between inspected containers as `link` statements. */
import { linkLeftOut, unknownReference } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { LinkStatement } from '../../syntax/tree.ts';
import type { PolicyNames } from '../reading/policy-names.ts';
import { shorten } from '../reading/shorten.ts';
import type { InspectedContainer, InspectedLink, InspectedNetwork } from './inspected.ts';
import type { Placement } from './placement.ts';
import type { Reading } from './reading.ts';

/** The links that mean in a policy what they mean to the engine; the others are reported. */
export function linkStatements(
  reading: Reading,
  placements: ReadonlyMap<InspectedContainer, Placement>,
  names: PolicyNames,
): readonly LinkStatement[] {
  const containers = new Map([...placements.keys()].map((container) => [container.name.text, container]));
  return [...placements].flatMap(([container, placement]) => {
    const own = networksOf(placement);
    const told = new Set<string>();
    return container.links.flatMap((link): readonly LinkStatement[] => {
      const key = `${link.target.text} ${link.alias?.text ?? ''}`;
      if (told.has(key)) return [];
      told.add(key);
      const target = containers.get(link.target.text);
      if (target === undefined) {
        const message = `There is no container \`${shorten(link.target.text)}\` in this document to link to.`;
        reading.add(report(unknownReference, link.span, message, { help: 'Inspect it too.' }));
        return [];
      }
      const common = [...networksOf(placements.get(target))].filter((network) => own.has(network));
      const obstacle = linkObstacle(container, target, common);
      if (obstacle === undefined) return [statement(container, target, link, names)];
      reading.add(report(linkLeftOut, link.span, `This link is not in the policy: ${obstacle}.`));
      return [];
    });
  });
}

function networksOf(placement: Placement | undefined): ReadonlySet<InspectedNetwork> {
  return new Set(placement?.kind === 'attached' ? placement.places.map(({ network }) => network) : []);
}

function linkObstacle(
  container: InspectedContainer,
  target: InspectedContainer,
  common: readonly InspectedNetwork[],
): string | undefined {
  const shown = shorten(target.name.text);
  if (container === target) return 'a container reaches itself without one';
  if (common.length === 0) return `\`${shorten(container.name.text)}\` and \`${shown}\` have no network in common`;
  if (target.exposed.length === 0) return `a link opens the exposed ports, and \`${shown}\` exposes none`;
  // Only the default bridge gets rules for links (moby, bridge driver); on others they are names, and the policy must not open more.
  const shut = common.find(({ isDefaultBridge, description: { icc } }) => !isDefaultBridge && icc?.value === false);
  if (shut === undefined) return undefined;
  return `on \`${shorten(shut.name.text)}\` containers do not reach each other, and the engine opens ports for links on the default bridge only`;
}

function statement(
  container: InspectedContainer,
  target: InspectedContainer,
  { alias, span }: InspectedLink,
  names: PolicyNames,
): LinkStatement {
  const nameOf = ({ name }: InspectedContainer): string => names.containers.get(name.text) ?? name.text;
  return {
    kind: 'link',
    from: { text: nameOf(container), span: container.name.span },
    to: { text: nameOf(target), span },
    alias: alias?.text === nameOf(target) ? undefined : alias,
    span,
  };
}
