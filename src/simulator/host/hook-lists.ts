/** The lists of functions that the kernel runs at each hook, rules and its own work in one order [1, 4, 6]. */
import type { Hook } from '../../ruleset/ruleset.ts';
import type { CompiledBaseChain, CompiledRuleset } from '../rules/compile.ts';
import type { HookFamily } from '../trace/trace.ts';

/** The kernel's own work at a hook. */
export type BuiltinWork = 'defragment' | 'track' | 'nat' | 'confirm' | 'bridge-netfilter';

export type HookEntry =
  | {
      readonly kind: 'chain';
      readonly priority: number;
      readonly registered: number;
      readonly chain: CompiledBaseChain;
    }
  | { readonly kind: BuiltinWork; readonly priority: number; readonly registered: number }
  /** Several of one priority whose order nobody knows. */
  | {
      readonly kind: 'any-order';
      readonly priority: number;
      readonly registered: number;
      readonly entries: readonly HookEntry[];
    };

/**
 * Whether it is known which base chain was registered when: of rules that were loaded in a known order it is, of a listing of
 * what a host holds it is not.
 */
export type ChainOrder = 'known' | 'unknown';

/** Nat chains by priority; `inOrder` when there is one order only. */
export interface NatChains {
  readonly inOrder: readonly CompiledBaseChain[] | undefined;
  readonly groups: readonly (readonly CompiledBaseChain[])[];
}

const trackingPriority = -200;
const defragmentPriority = -400;
const lastPriority = 2 ** 31 - 1;

/** Where NAT happens, whatever priority nat chains declare [6]. */
const natPriority: Readonly<Partial<Record<Hook, number>>> = {
  prerouting: -100,
  output: -100,
  input: 100,
  postrouting: 100,
};

/** Where bridge hooks call the inet hooks [99]. */
const bridgeNetfilterPriority: Readonly<Partial<Record<Hook, number>>> = {
  prerouting: 0,
  forward: -1,
  postrouting: lastPriority,
};

const nothing: readonly HookEntry[] = [];
const familyNumbers: Readonly<Record<HookFamily, number>> = { ip: 0, ip6: 1, arp: 2, bridge: 3, netdev: 4 };
const hookNumbers: Readonly<Record<Hook, number>> = {
  prerouting: 0,
  input: 1,
  forward: 2,
  output: 3,
  postrouting: 4,
  ingress: 5,
  egress: 6,
};

function slotOf(family: HookFamily, hook: Hook): number {
  return familyNumbers[family] * 8 + hookNumbers[hook];
}

/** Lists by family and hook. */
class ByHook<T> {
  private readonly families = new Map<HookFamily, Map<Hook, T>>();

  get(family: HookFamily, hook: Hook, make: () => T): T {
    let hooks = this.families.get(family);
    if (hooks === undefined) {
      hooks = new Map();
      this.families.set(family, hooks);
    }
    let value = hooks.get(hook);
    if (value === undefined) {
      value = make();
      hooks.set(hook, value);
    }
    return value;
  }
}

export class HookLists {
  private readonly lists = new ByHook<Map<string, readonly HookEntry[]>>();
  private readonly natLists: (NatChains | undefined)[] = [];
  private readonly rules: CompiledRuleset;
  private readonly order: ChainOrder;
  /** The lists of hooks without devices, by family and hook: every packet asks for several. */
  private readonly slots: (readonly HookEntry[] | undefined)[] = [];
  private readonly hasDeviceChains: boolean;

  constructor(rules: CompiledRuleset, order: ChainOrder = 'known') {
    this.rules = rules;
    this.order = order;
    this.hasDeviceChains = rules.baseChains.some(({ chain }) => chain.base?.devices.length !== 0);
  }

  /** Whether some chains of one hook and priority may run in more than one order. */
  get hasOpenOrder(): boolean {
    if (this.order === 'known') return false;
    const seen = new Set<string>();
    for (const { table, chain } of this.rules.baseChains) {
      if (chain.base === undefined) continue;
      const { type, hook, priority } = chain.base;
      for (const family of table.family === 'inet' ? ['ip', 'ip6'] : [table.family]) {
        const key = `${family} ${hook} ${type === 'nat' ? 'nat' : ''} ${priority}`;
        if (seen.has(key)) return true;
        seen.add(key);
      }
    }
    return false;
  }

  /** Everything that runs at a hook, in order. `device` selects the chains of an ingress or egress hook. */
  entries(family: HookFamily, hook: Hook, device = ''): readonly HookEntry[] {
    if (hook !== 'ingress' && hook !== 'egress') {
      const slot = slotOf(family, hook);
      let plain = this.slots[slot];
      if (plain === undefined) {
        plain = this.build(family, hook, '');
        this.slots[slot] = plain;
      }
      return plain;
    }
    if (!this.hasDeviceChains) return nothing;
    const devices = this.lists.get(family, hook, () => new Map());
    let list = devices.get(device);
    if (list === undefined) {
      list = this.build(family, hook, device);
      devices.set(device, list);
    }
    return list;
  }

  /** The nat chains asked at a hook, first to last [8]; those whose order is not known together. */
  natChains(family: HookFamily, hook: Hook): NatChains {
    const slot = slotOf(family, hook);
    let chains = this.natLists[slot];
    if (chains === undefined) {
      chains = this.buildNatChains(family, hook);
      this.natLists[slot] = chains;
    }
    return chains;
  }

  private buildNatChains(family: HookFamily, hook: Hook): NatChains {
    const priorityOf = ({ chain }: CompiledBaseChain): number => chain.base?.priority ?? 0;
    const chains = this.rules.baseChains
      .filter(
        ({ table, chain }) => chain.base?.type === 'nat' && chain.base.hook === hook && belongs(table.family, family),
      )
      .sort((a, b) => priorityOf(a) - priorityOf(b) || b.registered - a.registered);
    if (this.order === 'known') return { inOrder: chains, groups: chains.map((chain) => [chain]) };
    const groups = [...new Set(chains.map(priorityOf))].map((priority) =>
      chains.filter((chain) => priorityOf(chain) === priority),
    );
    return { inOrder: groups.every(({ length }) => length === 1) ? chains : undefined, groups };
  }

  private build(family: HookFamily, hook: Hook, device: string): readonly HookEntry[] {
    const entries: HookEntry[] = [];
    for (const chain of this.rules.baseChains) {
      const { base } = chain.chain;
      if (base === undefined || base.type === 'nat' || base.hook !== hook) continue;
      const onDevice = hook === 'ingress' || hook === 'egress';
      if (
        onDevice
          ? !base.devices.includes(device) || !(chain.table.family === 'netdev' || chain.table.family === 'inet')
          : !belongs(chain.table.family, family)
      )
        continue;
      entries.push({ kind: 'chain', priority: base.priority, registered: chain.registered, chain });
    }
    entries.push(...this.builtins(family, hook));
    entries.sort((a, b) => a.priority - b.priority || b.registered - a.registered);
    return this.order === 'known' ? entries : grouped(entries);
  }

  private builtins(family: HookFamily, hook: Hook): HookEntry[] {
    const entries: HookEntry[] = [];
    if (family === 'bridge') {
      const priority = bridgeNetfilterPriority[hook];
      if (priority !== undefined) entries.push({ kind: 'bridge-netfilter', priority, registered: 0 });
    }
    if (family !== 'ip' && family !== 'ip6') return entries;
    const version = family === 'ip' ? 'ipv4' : 'ipv6';
    const tracking = this.rules.trackingSince[version];
    if (tracking === undefined) return entries; // [24]
    if (hook === 'prerouting' || hook === 'output') {
      entries.push({ kind: 'defragment', priority: defragmentPriority, registered: tracking });
      entries.push({ kind: 'track', priority: trackingPriority, registered: tracking });
    }
    if (hook === 'postrouting' || hook === 'input')
      entries.push({ kind: 'confirm', priority: lastPriority, registered: tracking });
    const nat = this.rules.natSince[version];
    const priority = natPriority[hook];
    if (nat !== undefined && priority !== undefined) entries.push({ kind: 'nat', priority, registered: nat }); // [28]
    return entries;
  }
}

function belongs(table: string, family: HookFamily): boolean {
  return table === family || (table === 'inet' && (family === 'ip' || family === 'ip6'));
}

/** Puts entries of one priority together, where a chain is among them; the kernel's own bridge work always comes first. */
function grouped(entries: readonly HookEntry[]): readonly HookEntry[] {
  const result: HookEntry[] = [];
  for (const priority of new Set(entries.map((entry) => entry.priority))) {
    const group = entries.filter((entry) => entry.priority === priority && entry.kind !== 'bridge-netfilter');
    result.push(...entries.filter((entry) => entry.priority === priority && entry.kind === 'bridge-netfilter'));
    if (group.length > 1 && group.some(({ kind }) => kind === 'chain'))
      result.push({ kind: 'any-order', priority, registered: 0, entries: group });
    else result.push(...group);
  }
  return result;
}
