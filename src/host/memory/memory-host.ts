/** A host that exists in memory only, as strict as a real one as far as it is modelled: for tests and for trying things out. */
import { parseIptablesSave } from '../../backends/iptables/parse.ts';
import { parseNftJson } from '../../backends/nftables/parse-json.ts';
import type { HostView } from '../../host-view/host-view.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type {
  ConnectionTuple,
  Host,
  IptablesTool,
  ReadResult,
  TableReference,
  TrackedConnection,
  WriteResult,
} from '../host.ts';
import type { Listener } from '../reading.ts';
import { type IptablesState, restore, saveState } from './iptables-state.ts';
import { runCommands } from './nft-commands.ts';
import { listState, type NftState, tableKey } from './nft-state.ts';

export interface MemoryHostOptions {
  readonly view: HostView;
  readonly listeners?: readonly Listener[];
  readonly connections?: readonly TrackedConnection[];
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
  tracked: readonly TrackedConnection[];
  time = 1_700_000_000_000;
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

  read: Host['read'] = async () => {
    const nft = parseNftJson(listState(this.nftables), 'nftables');
    const others = [...this.iptables].flatMap(([tool, state]) => {
      const family = tool.startsWith('ip6tables') ? 'ip6' : tool.startsWith('iptables') ? 'ip' : undefined;
      if (family === undefined) return [];
      const engine = tool.endsWith('legacy') ? 'iptables-legacy' : 'iptables-nft';
      return [parseIptablesSave(saveState(state), tool, { family, engine })];
    });
    const rulesets: Ruleset[] = [nft, ...others].map(({ ruleset }) => ruleset);
    return {
      kind: 'read',
      value: {
        view: { ...this.view, sysctls: Object.fromEntries(this.sysctls) },
        rulesets: rulesets.filter(({ tables }) => tables.length > 0),
        listeners: this.listeners,
        diagnostics: [nft, ...others].flatMap(({ diagnostics }) => diagnostics),
      },
    };
  };

  listNftables: Host['listNftables'] = async (table) => {
    if (table === undefined) return read(listState(this.nftables));
    const key = tableKey(table.family, table.name);
    return read(this.nftables.has(key) ? listState(this.nftables, { table: key }) : undefined);
  };

  listSet: Host['listSet'] = async (table, _kind, name) => {
    const key = tableKey(table.family, table.name);
    const exists = this.nftables.get(key)?.collections.has(name) === true;
    return read(exists ? listState(this.nftables, { table: key, collection: name }) : undefined);
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

  saveIptables: Host['saveIptables'] = async (tool) => read(saveState(this.iptables.get(tool) ?? new Map()));

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

  removeConnection: Host['removeConnection'] = async (tuple): Promise<WriteResult> => {
    const key = JSON.stringify(tuple);
    this.tracked = this.tracked.filter(({ original }) => JSON.stringify(original) !== key);
    return { kind: 'done' };
  };

  now = (): number => this.time;

  wait = async (milliseconds: number): Promise<void> => {
    this.time += milliseconds;
  };

  /** What a kernel forgets when it starts again. */
  reboot(): void {
    this.nftables = new Map();
    this.iptables.clear();
    this.tracked = [];
    this.sysctls = new Map(Object.entries(this.view.sysctls));
  }
}

function read<T>(value: T): ReadResult<T> {
  return { kind: 'read', value };
}

