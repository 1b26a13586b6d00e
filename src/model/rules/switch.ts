/** Traffic inside a switch, and on a NIC between macvlan devices and the LAN, does not meet the host's rules, so nothing that decides about it can hold. */
import { insideSwitch } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import type { Span } from '../../source/span.ts';
import type { Network, Subject } from '../model.ts';
import { networksOfSides } from '../subject-networks.ts';
import type { CheckContext } from './rule.ts';

export function* checkSwitches({ model }: CheckContext): Generator<Diagnostic> {
  if (!model.networks.some(isUnseen)) return;
  for (const network of model.networks)
    if (isUnseen(network) && !network.icc) yield inside('`icc off` cannot hold', network, network.span);
  for (const { from, to, span } of model.links) {
    const networks = new Set(from.endpoints.map((endpoint) => endpoint.network));
    const common = to.endpoints.map((endpoint) => endpoint.network).filter((network) => networks.has(network));
    const [first] = common;
    if (first !== undefined && common.every(isUnseen)) yield inside('this link decides nothing', first, span);
  }
  const networksOf = networksOfSides(model);
  for (const { action, from, to, span } of model.access) {
    if (action !== 'deny') continue;
    const sources = networksOf(from);
    const targets = networksOf(to);
    const shared =
      [...targets].find((network) => isUnseen(network) && (sources.has(network) || isBeside(from, network))) ??
      [...sources].find((network) => isUnseen(network) && isBeside(to, network));
    if (shared !== undefined) yield inside('this deny cannot hold', shared, span);
  }
}

function isUnseen({ networkKind }: Network): boolean {
  return networkKind === 'switch' || networkKind === 'macvlan';
}

/** Whether a side may be a machine of the LAN that the macvlan devices of a network are on. */
function isBeside(side: readonly Subject[], { networkKind, nic }: Network): boolean {
  if (networkKind !== 'macvlan') return false;
  return side.some(
    (subject) =>
      subject.kind === 'prefix' ||
      (subject.kind === 'zone' && (subject.interface === undefined || subject.interface === nic)),
  );
}

function inside(what: string, network: Network, span: Span): Diagnostic {
  const isSwitch = network.networkKind === 'switch';
  return report(
    insideSwitch,
    span,
    isSwitch
      ? `${what} inside \`${network.name}\`: traffic inside a switch does not meet the rules of the host`
      : `${what} inside \`${network.name}\`: what is on a NIC by macvlan does not meet the rules of the host`,
    {
      related:
        span === network.span
          ? []
          : [
              {
                span: network.span,
                message: isSwitch
                  ? `\`${network.name}\` is a switch network`
                  : `\`${network.name}\` is a macvlan network`,
              },
            ],
      help: isSwitch
        ? 'use a `bridge` network, or a VLAN of its own for each side'
        : 'use a `physical` network: its bridge is on the host',
    },
  );
}
