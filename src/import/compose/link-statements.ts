/** Links between services as `link` statements. */
import { linkLeftOut, unknownReference } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { LinkStatement } from '../../syntax/tree.ts';
import type { PolicyNames } from '../reading/policy-names.ts';
import { shorten } from '../reading/shorten.ts';
import { exposedPorts } from './container-block.ts';
import type { Placement } from './placement.ts';
import type { ComposeLink, ComposeProject, ComposeService } from './project.ts';
import type { Reading } from './reading.ts';

export interface PolicyLinks {
  readonly statements: readonly LinkStatement[];
  /** The services that some link leads to. */
  readonly targets: ReadonlySet<ComposeService>;
}

/** The links that mean something in a policy: to another service on a common network that exposes a port. The others are reported. */
export function linkStatements(
  reading: Reading,
  project: ComposeProject,
  byService: ReadonlyMap<ComposeService, Placement>,
  names: PolicyNames,
): PolicyLinks {
  const services = new Map(project.services.map((service) => [service.key.text, service]));
  const statements: LinkStatement[] = [];
  const targets = new Set<ComposeService>();
  for (const service of project.services) {
    const reached = commonNetworks(networkKeys(byService.get(service)), byService);
    for (const link of service.links) {
      const target = services.get(link.target.text);
      if (target === undefined) {
        reading.add(
          report(unknownReference, link.span, `There is no service \`${shorten(link.target.text)}\` to link to.`),
        );
        continue;
      }
      const obstacle = linkObstacle(service, target, reached);
      if (obstacle !== undefined) {
        reading.add(
          report(
            linkLeftOut,
            link.span,
            `This link is not in the policy: ${obstacle.reason}.`,
            obstacle.help === undefined ? {} : { help: obstacle.help },
          ),
        );
        continue;
      }
      targets.add(target);
      statements.push(statement(service, link, names));
    }
  }
  return { statements, targets };
}

function networkKeys(placement: Placement | undefined): ReadonlySet<string> {
  return new Set(placement?.kind === 'attached' ? placement.places.map(({ network }) => network.key.text) : []);
}

/** Whether a service has a network in common with these; each service is compared once, however many links lead to it. */
function commonNetworks(
  own: ReadonlySet<string>,
  byService: ReadonlyMap<ComposeService, Placement>,
): (target: ComposeService) => boolean {
  const known = new Map<ComposeService, boolean>();
  return (target) => {
    const before = known.get(target);
    if (before !== undefined) return before;
    const common = [...networkKeys(byService.get(target))].some((key) => own.has(key));
    known.set(target, common);
    return common;
  };
}

function linkObstacle(
  service: ComposeService,
  target: ComposeService,
  reached: (target: ComposeService) => boolean,
): { readonly reason: string; readonly help?: string } | undefined {
  const name = shorten(target.key.text);
  if (service === target) return { reason: 'a service reaches itself without one' };
  if (!reached(target)) return { reason: `\`${shorten(service.key.text)}\` and \`${name}\` have no network in common` };
  if (exposedPorts(target).length > 0) return undefined;
  return {
    reason: `a link opens the exposed ports, and \`${name}\` exposes none in this file`,
    help: 'What an image exposes is not written in a compose file; add `expose`.',
  };
}

function statement(service: ComposeService, link: ComposeLink, names: PolicyNames): LinkStatement {
  const nameOf = (key: string): string => names.containers.get(key) ?? key;
  return {
    kind: 'link',
    from: { text: nameOf(service.key.text), span: service.key.span },
    to: { text: nameOf(link.target.text), span: link.target.span },
    alias: link.alias,
    span: link.span,
  };
}
