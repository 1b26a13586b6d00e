/** Everything that is gathered from a live host or one of its network namespaces. */
import type { Json } from '../../backends/nftables/json.ts';
import type { ParsedRuleset } from '../../backends/nftables/parse-json.ts';
import type { HostView } from '../../host-view/host-view.ts';
import type { Address, Family } from '../../net/address.ts';
import type { ProtocolNumber } from '../../net/protocol.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';

export interface GatheredHost {
  /** Source `gathered`; parts that could not be read are empty, and named in `missing`. */
  readonly view: HostView;
  /** Every table once: those that iptables-nft wrote are read from its own listing, and left out of the nftables one. */
  readonly rulesets: readonly GatheredRules[];
  /** Elements of the tables that were asked for apart: as nft lists them, and left out of `rulesets`. */
  readonly elementsApart?: readonly ListedElements[];
  /** `nft -j list ruleset` as it was printed, the tables of iptables-nft included. */
  readonly nftListing: string | undefined;
  /** Undefined where they could not be read. */
  readonly connections: readonly Connection[] | undefined;
  readonly listeners: readonly Listener[] | undefined;
  readonly iptablesVariants: readonly IptablesVariant[];
  /** What could not be gathered, or is there but cannot be told in these types. */
  readonly missing: readonly Missing[];
}

/** Which elements are asked for apart. */
export interface ElementsApart {
  /** Tables by family and name: `inet filter`. */
  readonly tables: readonly string[];
  /** Only where they are more than this, all tables together. */
  readonly moreThan: number;
}

/** The elements of one set or map. */
export interface ListedElements {
  /** The table by family and name: `inet filter`. */
  readonly table: string;
  readonly name: string;
  readonly elements: readonly Json[];
}

/** One listing of rules. */
export interface GatheredRules {
  /** The name of the file that a snapshot puts the text in. */
  readonly file: RulesFile;
  /** The command that printed it. */
  readonly tool: string;
  readonly text: string;
  readonly ruleset: Ruleset;
  /** What of the text was not understood. */
  readonly diagnostics: ParsedRuleset['diagnostics'];
}

export type RulesFile =
  | 'nft.json'
  | 'rules.v4'
  | 'rules.v6'
  | 'rules.bridge'
  | 'rules-legacy.v4'
  | 'rules-legacy.v6'
  | 'rules-legacy.bridge';

/** A variant of the iptables tools that is installed. */
export interface IptablesVariant {
  readonly command: 'iptables' | 'ip6tables' | 'ebtables';
  readonly engine: 'nft' | 'legacy';
  readonly version: string;
  /** Whether the command without a suffix is this variant. */
  readonly isDefault: boolean;
}

/** One direction of a connection as conntrack keeps it; ports for protocols that have them, else type, code and identifier. */
export interface ConnectionTuple {
  readonly source: Address;
  readonly destination: Address;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly type?: number;
  readonly code?: number;
  readonly identifier?: number;
}

export interface Connection {
  readonly family: Family;
  readonly protocol: ProtocolNumber;
  /** TCP, SCTP and DCCP: the state by conntrack's name (`ESTABLISHED`). */
  readonly state: string | undefined;
  /** Seconds until the entry goes; undefined for offloaded ones. */
  readonly timeout: number | undefined;
  readonly original: ConnectionTuple;
  /** Differs from the inverse of `original` where addresses or ports are translated. */
  readonly reply: ConnectionTuple;
  readonly assured: boolean;
  /** No packet of the reply direction has been seen. */
  readonly unreplied: boolean;
  readonly offloaded: boolean;
  readonly mark: number;
  readonly zone: number;
}

/** A socket that takes packets of strangers. */
export interface Listener {
  readonly protocol: 'tcp' | 'udp';
  /** An IPv6 socket on `::` may take IPv4 packets too: the kernel does not list IPV6_V6ONLY. */
  readonly address: Address;
  readonly port: number;
  /** The user id of its owner. */
  readonly user: number;
}

export type GatheredPart =
  | 'interfaces'
  | 'routes'
  | 'routing rules'
  | 'neighbours'
  | 'sysctls'
  | 'capabilities'
  | 'nftables'
  | 'iptables'
  | 'ebtables'
  | 'arptables'
  | 'connections'
  | 'listeners';

export interface Missing {
  readonly part: GatheredPart;
  /** `inexact`: it was read, but these types cannot say all of it. */
  readonly why: 'privilege' | 'tool' | 'failed' | 'inexact';
  /** One sentence for people. */
  readonly message: string;
}
