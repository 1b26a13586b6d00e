/** A host that was gathered a moment ago, where nothing has changed its nftables rules since: what a verdict rests on beside them. */
import type { GatherOptions } from './gather.ts';
import type { GatheredHost, GatheredPart } from './gathered.ts';
import { gatherInterfaces } from './interfaces.ts';
import { hasLegacyRules } from './legacy-rules.ts';
import { gatherRoutes } from './routes.ts';
import { gatherRoutingRules } from './routing-rules.ts';
import { ownNamespace } from './runner.ts';
import { gatherSysctls } from './sysctls.ts';

/** What is read again. */
const parts: ReadonlySet<GatheredPart> = new Set(['interfaces', 'routes', 'routing rules', 'sysctls']);

/**
 * Neighbours, listeners, connections and what the kernel can do stay as they were. Undefined where legacy tools hold rules, or
 * did: nobody is told when these change.
 */
export async function gatherBesideRules(
  earlier: GatheredHost,
  { runner = ownNamespace }: GatherOptions,
): Promise<GatheredHost | undefined> {
  if (earlier.rulesets.some(({ file }) => file.startsWith('rules-legacy'))) return undefined;
  const [interfaces, routes, rules, sysctls, legacy] = await Promise.all([
    gatherInterfaces(runner),
    gatherRoutes(runner),
    gatherRoutingRules(runner),
    gatherSysctls(runner),
    hasLegacyRules(runner),
  ]);
  if (legacy) return undefined;
  return {
    ...earlier,
    view: {
      ...earlier.view,
      interfaces: interfaces.value ?? [],
      routes: routes.value ?? [],
      rules: rules.value ?? [],
      sysctls: sysctls.value ?? {},
    },
    missing: [
      ...[interfaces, routes, rules, sysctls].flatMap(({ missing }) => missing),
      ...earlier.missing.filter(({ part }) => !parts.has(part)),
    ],
  };
}
