/** CheckedModel -> Ruleset: what the policy means becomes what ships. One file a concept; this one puts them together. */
import type { CheckedModel, Host, Subject } from '../model/model.ts';
import { ruleset as checkedRuleset } from '../ruleset/check/check-ruleset.ts';
import type { Ruleset, Table } from '../ruleset/ruleset.ts';
import { bridgePart } from './bridge.ts';
import { defaultLowerOptions, type LowerContext, type LowerOptions, lowerContext } from './context.ts';
import { denyTable, logChains, rejectChain } from './deny.ts';
import { elsewhereSets } from './elsewhere.ts';
import { forward } from './forward.ts';
import { guardedNetworks } from './guarded.ts';
import { type HostDenies, hostPart } from './host.ts';
import { lowerToIptables } from './iptables/lower.ts';
import { masqueradePart } from './masquerade.ts';
import { tableName } from './names.ts';
import { networkSets } from './network.ts';
import { publicationChains, publishedPorts, servedInHost, servedOnWire } from './publication.ts';
import { publishedRejects } from './published-reject.ts';
import {
  destinationBeyondHost,
  destinationFromHost,
  destinationInHost,
  sourceInHost,
  sourceOnWire,
} from './selector.ts';
import { sourceCheck } from './source-check.ts';

/**
 * The rules of one host: the tables `inet ctfw` and `bridge ctfw`, or what stands for them in iptables. Every bridge network of
 * the model must be on this host.
 */
export function lower(model: CheckedModel, host: Host, options: LowerOptions = defaultLowerOptions): Ruleset {
  const context = lowerContext(model, host, options, guardedNetworks(model));
  const ruleset = checkedRuleset([inetTable(context), bridgeTable(context)]);
  if (options.target !== 'iptables') return ruleset;
  return lowerToIptables(ruleset, { markBit: options.markBit, engine: 'iptables-nft' });
}

function inetTable(context: LowerContext): Table {
  const beyond = (subject: Subject) => destinationBeyondHost(context, subject, 'all');
  const onWire = (subject: Subject) => sourceOnWire(context, subject, 'all');
  const ports = publishedPorts(context);
  const inHost = { source: sourceInHost, destination: destinationInHost };
  const denies: HostDenies = {
    toHost: denyTable(
      context,
      'deny-to-host',
      { source: onWire, destination: destinationInHost },
      publishedRejects(context, ports, {
        source: onWire,
        served: ({ publication }) => servedOnWire(context, publication),
      }),
    ),
    hostToHost: denyTable(
      context,
      'deny-host-to-host',
      inHost,
      publishedRejects(context, ports, {
        source: sourceInHost,
        served: ({ publication }) => servedInHost(publication),
      }),
    ),
    fromHost: denyTable(context, 'deny-from-host', {
      source: sourceInHost,
      destination: (subject) => destinationFromHost(context, subject),
    }),
  };
  const forwardDenies = denyTable(context, 'deny', { source: onWire, destination: beyond });
  const parts = [
    sourceCheck(context),
    publicationChains(context, ports),
    forward(context, ports, forwardDenies),
    hostPart(context, denies),
    masqueradePart(context),
  ];
  const denyTables = [...Object.values(denies), forwardDenies];
  const refusals = context.denies.length === 0 ? [] : [...logChains(context), rejectChain()];
  return {
    family: 'inet',
    name: tableName,
    engine: 'nftables',
    sets: [
      ...networkSets(context),
      ...elsewhereSets(context),
      ...parts.flatMap((part) => part.sets),
      ...denyTables.flatMap((table) => table.sets),
    ],
    maps: [...parts.flatMap((part) => part.maps), ...denyTables.flatMap((table) => table.maps)],
    chains: [...parts.flatMap((part) => part.chains), ...refusals],
  };
}

function bridgeTable(context: LowerContext): Table {
  const part = bridgePart(context);
  return { family: 'bridge', name: tableName, engine: 'nftables', sets: part.sets, maps: [], chains: part.chains };
}
