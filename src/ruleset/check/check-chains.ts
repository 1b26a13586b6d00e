/** Checks base chains against what the kernel offers [7, 22], and jumps against loops. */
import type { BaseChain, ChainType, Hook, Table, TableFamily } from '../ruleset.ts';
import type { Problems } from './problems.ts';
import { jumpsOf, type TableView } from './table-view.ts';

const inetHooks: readonly Hook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting'];

const hooksOfFamily: Record<TableFamily, readonly Hook[]> = {
  ip: inetHooks,
  ip6: inetHooks,
  inet: [...inetHooks, 'ingress'],
  bridge: inetHooks,
  arp: ['input', 'output'],
  netdev: ['ingress', 'egress'],
};

const typesOfFamily: Record<TableFamily, readonly ChainType[]> = {
  ip: ['filter', 'nat', 'route'],
  ip6: ['filter', 'nat', 'route'],
  inet: ['filter', 'nat', 'route'],
  bridge: ['filter'],
  arp: ['filter'],
  netdev: ['filter'],
};

const hooksOfType: Record<ChainType, readonly Hook[]> = {
  filter: [...inetHooks, 'ingress', 'egress'],
  nat: ['prerouting', 'input', 'output', 'postrouting'],
  route: ['output'],
};

/** Conntrack runs at -200: translations before it are refused [7]. */
const firstNatPriority = -199;

export function checkBaseChain(base: BaseChain, family: TableFamily, problems: Problems): void {
  const { type, hook, priority, devices } = base;
  if (!typesOfFamily[family].includes(type)) problems.add(`the ${family} family has no chains of type ${type}`);
  if (!hooksOfFamily[family].includes(hook)) problems.add(`the ${family} family has no hook ${hook}`);
  if (!hooksOfType[type].includes(hook)) problems.add(`chains of type ${type} cannot be at the hook ${hook}`);
  if (type === 'nat' && priority < firstNatPriority) problems.add(`a nat chain at priority ${priority}`);
  if (!Number.isInteger(priority) || Math.abs(priority) > 0x7fff_ffff) problems.add(`the priority ${priority}`);
  const needsDevice = hook === 'ingress' || hook === 'egress';
  if (needsDevice !== devices.length > 0)
    problems.add(needsDevice ? `the hook ${hook} needs a device` : `a device at the hook ${hook}`);
}

/** The kernel refuses rings of jumps, and paths of more than this many (NFT_JUMP_STACK_SIZE). */
const maximumJumps = 16;

export function checkJumps(table: Table, view: TableView, problems: Problems): void {
  const walk: Walk = { jumps: jumpsOf(table, view.maps), depths: new Map(), open: new Set(), problems };
  for (const chain of table.chains) {
    if (depthOf(chain.name, walk) <= maximumJumps) continue;
    problems.add(`more than ${maximumJumps} jumps one behind the other from chain ${chain.name}`);
    return;
  }
}

interface Walk {
  readonly jumps: ReadonlyMap<string, ReadonlySet<string>>;
  /** Chains that are done. */
  readonly depths: Map<string, number>;
  /** The chains on the path that is being walked. */
  readonly open: Set<string>;
  readonly problems: Problems;
}

/** The longest path of jumps from a chain. Paths that are too long are not walked to their end. */
function depthOf(name: string, walk: Walk): number {
  const known = walk.depths.get(name);
  if (known !== undefined) return known;
  if (walk.open.has(name)) {
    walk.problems.add(`chain ${name} jumps back to itself`);
    return 0;
  }
  if (walk.open.size > maximumJumps) return maximumJumps + 1;
  walk.open.add(name);
  let depth = 0;
  for (const target of walk.jumps.get(name) ?? []) depth = Math.max(depth, 1 + depthOf(target, walk));
  walk.open.delete(name);
  walk.depths.set(name, depth);
  return depth;
}
