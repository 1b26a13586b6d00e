/** A link needs a common network, and something that its target exposes. */
import { linkToNothing, linkTwice, linkWithoutNetwork } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import type { Span } from '../../source/span.ts';
import type { Container, Network } from '../model.ts';
import type { CheckContext } from './rule.ts';

export function* checkLinks({ model }: CheckContext): Generator<Diagnostic> {
  const seen = new Map<string, Span>();
  for (const { from, to, alias, span } of model.links) {
    const networks = new Set(networksOf(from));
    if (!networksOf(to).some((network) => networks.has(network))) yield withoutNetwork(from, to, span);
    if (to.exposed.length === 0)
      yield report(linkToNothing, span, `the link opens nothing: \`${to.name}\` exposes no port`, {
        related: [{ span: to.span, message: `\`${to.name}\` is declared here` }],
        help: `say what \`${to.name}\` serves: \`expose 5432/tcp\``,
      });
    const exposed = to.exposed.map(({ ports, protocol }) => `${ports.first}-${ports.last}/${protocol}`).join(',');
    const key = JSON.stringify([from.name, to.name, alias, exposed]);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, span);
    else
      yield report(linkTwice, span, `\`${from.name}\` is linked to \`${to.name}\` already`, {
        related: [{ span: first, message: 'first linked here' }],
        help: 'remove one of the two',
      });
  }
}

/** A wire between two containers needs no link, and decides nothing for one. */
function networksOf({ endpoints }: Container): readonly Network[] {
  return endpoints.map(({ network }) => network).filter(({ networkKind }) => networkKind !== 'wire');
}

function withoutNetwork(from: Container, to: Container, span: Span): Diagnostic {
  const networks = (container: Container): string =>
    networksOf(container)
      .map(({ name }) => `\`${name}\``)
      .join(', ') || 'no network';
  return report(linkWithoutNetwork, span, `\`${from.name}\` and \`${to.name}\` have no network in common`, {
    related: [
      { span: from.span, message: `\`${from.name}\` is on ${networks(from)}` },
      { span: to.span, message: `\`${to.name}\` is on ${networks(to)}` },
    ],
    help: 'attach both to one network, or use `allow` between networks',
  });
}
