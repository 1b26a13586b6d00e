/** Traffic inside a switch does not meet the host's rules, so nothing that decides about it can hold. */
import { insideSwitch } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import type { Span } from '../../source/span.ts';
import type { Network } from '../model.ts';
import { networksOfSides } from '../subject-networks.ts';
import type { CheckContext } from './rule.ts';

export function* checkSwitches({ model }: CheckContext): Generator<Diagnostic> {
  if (!model.networks.some(isSwitch)) return;
  for (const network of model.networks)
    if (isSwitch(network) && !network.icc) yield inside('`icc off` cannot hold', network, network.span);
  for (const { from, to, span } of model.links) {
    const networks = new Set(from.endpoints.map((endpoint) => endpoint.network));
    const common = to.endpoints.map((endpoint) => endpoint.network).filter((network) => networks.has(network));
    const [first] = common;
    if (first !== undefined && common.every(isSwitch)) yield inside('this link decides nothing', first, span);
  }
  const networksOf = networksOfSides(model);
  for (const { action, from, to, span } of model.access) {
    if (action !== 'deny') continue;
    const sources = networksOf(from);
    const shared = [...networksOf(to)].find((network) => isSwitch(network) && sources.has(network));
    if (shared !== undefined) yield inside('this deny cannot hold', shared, span);
  }
}

function isSwitch({ networkKind }: Network): boolean {
  return networkKind === 'switch';
}

function inside(what: string, network: Network, span: Span): Diagnostic {
  return report(
    insideSwitch,
    span,
    `${what} inside \`${network.name}\`: traffic inside a switch does not meet the rules of the host`,
    {
      related:
        span === network.span ? [] : [{ span: network.span, message: `\`${network.name}\` is a switch network` }],
      help: 'use a `bridge` network, or a VLAN of its own for each side',
    },
  );
}
