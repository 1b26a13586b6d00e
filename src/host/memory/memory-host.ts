/** A host that exists in memory only, as strict as a real one as far as it is modelled: for tests and for trying things out. */
import { parseIptablesSave } from '../../backends/iptables/parse.ts';
import { parseEbtablesSave } from '../../backends/iptables/parse-ebtables.ts';
import { parseNftJson } from '../../backends/nftables/parse-json.ts';
import type { HostView } from '../../host-view/host-view.ts';
import type { Host, IptablesTool, ReadResult, WriteResult } from '../contract/host.ts';
import type { Connection, GatheredHost, GatheredRules, Listener, RulesFile } from '../gather/gathered.ts';
import { listingWithout, readListing, withElementsApart } from '../gather/nftables-listing.ts';
import { type IptablesState, restore, saveState } from './iptables-state.ts';
import { runCommands } from './nft-commands.ts';
import { listState, type NftState, tableKey } from './nft-state.ts';

export interface MemoryHostOptions {
  readonly view: HostView;
  readonly listeners?: readonly Listener[];
  readonly connections?: readonly Connection[];
  /** Bytes of a document beyond which it is refused as too long. */
  readonly maximumDocument?: number;
}

/** Everything is public: tests look at it and change it behind the back of those who use the host. */
export class MemoryHost implements Host {
  view: HostView;
  listeners: readonly Listener[];
  nftables: NftState = new Map();
  readonly iptables = new Map<IptablesTool, IptablesState>();
  sysctls: Map<string, string>;
  tracked: readonly Connection[];
  /** Milliseconds that have passed since 1970. */
  time = 1_700_000_000_000;
  /** By how much the clock goes wrong. */
  clockError = 0;
  private startedAt = this.time - 3_600_000;
  maximumDocument: number;
  /** Bytes that were handed to nftables, for those who count. */
  readonly documents: string[] = [];
  private registrations = 1;

  constructor(options: MemoryHostOptions) {
    this.view = options.view;
    this.listeners = options.listeners ?? [];
    this.tracked = options.connections ?? [];
    this.sysctls = new Map(Object.entries(options.view.sysctls));
    this.maximumDocument = options.maximumDocument ?? Number.POSITIVE_INFINITY;
  }

  read: Host['read'] = async ({ elementsApart } = {}): Promise<GatheredHost> => {
    const printed = listState(this.nftables);
    const whole = readListing(printed) ?? { objects: [], tables: new Map() };
    const { listing, apart } = withElementsApart(whole, elementsApart);
    const text = listingWithout(listing, new Set());
    const nftables: GatheredRules = { file: 'nft.json', tool: 'memory', text, ...parseNftJson(text, 'nft.json') };
    return {
      view: { ...this.view, sysctls: Object.fromEntries(this.sysctls) },
      elementsApart: apart,
      rulesets: [
        nftables,
        ...[...this.iptables].flatMap(([tool, state]) =>
          savedRules(tool, saveState(state, !tool.startsWith('ebtables'))),
        ),
      ],
      nftListing: printed,
      connections: this.tracked,
      listeners: this.listeners,
      iptablesVariants: [],
      missing: [],
    };
  };

  readBesideRules: Host['readBesideRules'] = async (earlier) => ({
    ...earlier,
    view: { ...this.view, sysctls: Object.fromEntries(this.sysctls) },
    connections: this.tracked,
    listeners: this.listeners,
  });

  watchRules: Host['watchRules'] = async () => {
    const rules = (): string =>
      JSON.stringify([
        listState(this.nftables),
        [...this.iptables].map(([tool, state]) => [tool, saveState(state, false)]),
      ]);
    const before = rules();
    return { isQuiet: async () => rules() === before, close: async () => {} };
  };

  listTable: Host['listTable'] = async ({ family, name }, detail) => {
    const table = tableKey(family, name);
    return read(this.nftables.has(table) ? listState(this.nftables, { table, terse: detail === 'terse' }) : undefined);
  };

  runNftables: Host['runNftables'] = async (document, mode): Promise<WriteResult> => {
    if (document.length > this.maximumDocument) return { kind: 'too-long', message: 'Message too long' };
    const ran = runCommands(this.nftables, document, this.registrations);
    if ('refused' in ran) return { kind: 'refused', message: ran.refused };
    if (mode === 'apply') {
      this.nftables = ran.state;
      this.registrations += 1000;
      this.documents.push(document);
    }
    return { kind: 'done' };
  };

  saveIptables: Host['saveIptables'] = async (tool) =>
    read(saveState(this.iptables.get(tool) ?? new Map(), !tool.startsWith('ebtables')));

  restoreIptables: Host['restoreIptables'] = async (tool, text, mode): Promise<WriteResult> => {
    const restored = restore(this.iptables.get(tool) ?? new Map(), text);
    if (mode === 'apply') this.iptables.set(tool, restored.state);
    return 'refused' in restored ? { kind: 'refused', message: restored.refused } : { kind: 'done' };
  };

  sysctl: Host['sysctl'] = async (name) => read(this.sysctls.get(name));

  setSysctl: Host['setSysctl'] = async (name, value): Promise<WriteResult> => {
    this.sysctls.set(name, value);
    return { kind: 'done' };
  };

  connections: Host['connections'] = async () => read(this.tracked);

  removeConnection: Host['removeConnection'] = async (connection): Promise<WriteResult> => {
    const key = connectionKey(connection);
    this.tracked = this.tracked.filter((tracked) => connectionKey(tracked) !== key);
    return { kind: 'done' };
  };

  now = (): number => this.time + this.clockError;

  uptime = (): number => this.time - this.startedAt;

  wait = async (milliseconds: number): Promise<void> => {
    this.time += milliseconds;
  };

  /** What a kernel forgets when it starts again. */
  reboot(): void {
    this.nftables = new Map();
    this.iptables.clear();
    this.tracked = [];
    this.startedAt = this.time;
    this.sysctls = new Map(Object.entries(this.view.sysctls));
  }
}

function read<T>(value: T): ReadResult<T> {
  return { kind: 'read', value };
}

/** What conntrack knows a connection by. */
export function connectionKey({ family, protocol, original }: Connection): string {
  const { source, destination, sourcePort, destinationPort, type, code, identifier } = original;
  const ports = [sourcePort, destinationPort, type, code, identifier].map((value) => value ?? '').join(' ');
  return `${family} ${protocol} ${source.value} ${destination.value} ${ports}`;
}

const savedFiles: Readonly<Record<IptablesTool, RulesFile>> = {
  'iptables-nft': 'rules.v4',
  'ip6tables-nft': 'rules.v6',
  'ebtables-nft': 'rules.bridge',
  'iptables-legacy': 'rules-legacy.v4',
  'ip6tables-legacy': 'rules-legacy.v6',
  'ebtables-legacy': 'rules-legacy.bridge',
};

function savedRules(tool: IptablesTool, text: string): readonly GatheredRules[] {
  const file = savedFiles[tool];
  const engine = tool.endsWith('legacy') ? 'iptables-legacy' : 'iptables-nft';
  const reading = tool.startsWith('ebtables')
    ? parseEbtablesSave(text, file, { engine })
    : parseIptablesSave(text, file, { family: tool.startsWith('ip6') ? 'ip6' : 'ip', engine });
  return [{ file, tool: 'memory', text, ...reading }];
}
