/** Gathers a live host, or one of its network namespaces, without changing anything on it. */
import type { HostView } from '../../host-view/host-view.ts';
import { gatherCapabilities } from './capabilities.ts';
import { gatherConnections } from './connections.ts';
import type { ElementsApart, GatheredHost } from './gathered.ts';
import { gatherInterfaces } from './interfaces.ts';
import { gatherIptablesVariants } from './iptables-variants.ts';
import { gatherListeners } from './listeners.ts';
import { gatherNeighbours } from './neighbours.ts';
import { gatherRoutes } from './routes.ts';
import { gatherRoutingRules } from './routing-rules.ts';
import { gatherRules } from './rules.ts';
import { ownNamespace, type Runner } from './runner.ts';
import { gatherSysctls } from './sysctls.ts';

export interface GatherOptions {
  /** Who runs the commands; default: this process, in its own namespaces. */
  readonly runner?: Runner;
  /** What the view is called; default: the host's name. */
  readonly name?: string | undefined;
  readonly elementsApart?: ElementsApart | undefined;
}

/** Everything about a host. Never rejects: what lacks privilege, a tool or a kernel part is told in `missing`. */
export async function gatherHost({
  runner = ownNamespace,
  name,
  elementsApart,
}: GatherOptions = {}): Promise<GatheredHost> {
  const installed = gatherIptablesVariants(runner);
  const [rules, variants, view, listeners] = await Promise.all([
    gatherRules(runner, installed, elementsApart), // begun first: of many rules, this takes longest
    installed,
    gatherHostView({ runner, name }),
    gatherListeners(runner),
  ]);
  const connections = await gatherConnections(runner, view.view.sysctls);
  return {
    view: view.view,
    rulesets: rules.rulesets,
    elementsApart: rules.elementsApart,
    nftListing: rules.nftListing,
    connections: connections.value,
    listeners: listeners.value,
    iptablesVariants: variants,
    missing: [...view.missing, ...rules.missing, ...connections.missing, ...listeners.missing],
  };
}

/** The view alone: what packets depend on beside the rules. */
export async function gatherHostView({
  runner = ownNamespace,
  name,
}: GatherOptions = {}): Promise<Pick<GatheredHost, 'view' | 'missing'>> {
  const [interfaces, routes, rules, neighbours, sysctls] = await Promise.all([
    gatherInterfaces(runner),
    gatherRoutes(runner),
    gatherRoutingRules(runner),
    gatherNeighbours(runner),
    gatherSysctls(runner),
  ]);
  const capabilities = await gatherCapabilities(runner, sysctls.value ?? {});
  const view: HostView = {
    source: 'gathered',
    name: name ?? (await hostName(runner)),
    interfaces: interfaces.value ?? [],
    routes: routes.value ?? [],
    rules: rules.value ?? [],
    neighbours: neighbours.value,
    sysctls: sysctls.value ?? {},
    capabilities: capabilities.value ?? { brNetfilter: false, bridgeConntrack: false, bridgeName: false },
  };
  const missing = [interfaces, routes, rules, neighbours, sysctls, capabilities].flatMap((part) => part.missing);
  return { view, missing };
}

async function hostName(runner: Runner): Promise<string> {
  const result = await runner('uname', ['-n']);
  const name = result.kind === 'exited' ? result.stdout.trim() : '';
  return name === '' ? 'host' : name;
}
