/** A host that was gathered a moment ago, where nothing has changed its nftables rules since: all the rest, read again. */
import { gatherConnections } from './connections.ts';
import { type GatherOptions, gatherHostView } from './gather.ts';
import type { GatheredHost, GatheredPart } from './gathered.ts';
import { hasLegacyRules } from './legacy-rules.ts';
import { gatherListeners } from './listeners.ts';
import { ownNamespace } from './runner.ts';

const rulesParts: ReadonlySet<GatheredPart> = new Set(['nftables', 'iptables', 'ebtables', 'arptables']);

/** Undefined where legacy tools hold rules, or did: nobody is told when these change. */
export async function gatherBesideRules(
  earlier: GatheredHost,
  { runner = ownNamespace, name }: GatherOptions,
): Promise<GatheredHost | undefined> {
  const before = earlier.rulesets.some(({ file }) => file.startsWith('rules-legacy'));
  if (before) return undefined;
  const [view, legacy, listeners] = await Promise.all([
    gatherHostView({ runner, name }),
    hasLegacyRules(runner),
    gatherListeners(runner),
  ]);
  if (legacy) return undefined;
  const connections = await gatherConnections(runner, view.view.sysctls);
  return {
    ...earlier,
    view: view.view,
    connections: connections.value,
    listeners: listeners.value,
    missing: [
      ...view.missing,
      ...earlier.missing.filter(({ part }) => rulesParts.has(part)),
      ...connections.missing,
      ...listeners.missing,
    ],
  };
}
