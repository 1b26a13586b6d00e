/** Scenario files: a small network, rule sets, and steps with what a real kernel did. */

export interface InterfaceConfig {
  readonly peer?: string;
  readonly type?: string;
  readonly addr?: readonly string[];
  readonly master?: string;
  readonly hairpin?: boolean | number;
  readonly mtu?: number;
  readonly mac?: string;
  readonly down?: boolean | number;
}

export interface HostConfig {
  readonly ifaces?: Readonly<Record<string, InterfaceConfig>>;
  readonly routes?: readonly string[];
  readonly sysctl?: Readonly<Record<string, string | number>>;
  readonly listen?: readonly string[];
  readonly exec?: readonly string[];
  readonly ruleset?: RulesetConfig;
  readonly forward?: boolean | number;
  readonly mute?: boolean | number;
}

export interface RulesetPart {
  readonly type?: string;
  readonly text?: string | readonly string[];
  readonly json?: unknown;
}

export type RulesetConfig = string | RulesetPart | readonly (string | RulesetPart)[];

/** A step: a probe, or an operation named by `op`. */
export interface Step {
  readonly op?: string;
  readonly host?: string;
  readonly note?: string;
  readonly expect?: unknown;
  /** What is expected is a pattern, as the kernel chooses at random; recording keeps it while it fits. */
  readonly fuzzy?: boolean | number;
  readonly from?: string;
  readonly proto?: string;
  readonly src?: string;
  readonly sport?: number;
  readonly dst?: string;
  readonly dport?: number;
  readonly flags?: string;
  readonly seq?: number;
  readonly ack?: number;
  readonly win?: number;
  readonly ttl?: number;
  readonly type?: number;
  readonly code?: number;
  readonly id?: number;
  readonly inner?: Step;
  readonly frags?: readonly (readonly [number, number | null])[];
  readonly badsum?: number;
  readonly nosum?: number;
  readonly len?: number;
  readonly data?: number;
  readonly df?: number;
  readonly tos?: number;
  readonly count?: number;
  readonly mode?: string;
  readonly dev?: string;
  readonly mark?: number;
  readonly l2?: string;
  readonly dmac?: string;
  readonly smac?: string;
  readonly conn?: string;
  readonly new?: boolean | number;
  readonly keep?: boolean | number;
  readonly side?: string;
  readonly flow?: string;
  readonly seq_add?: number;
  readonly chunk?: number;
  readonly vtag?: number;
  readonly path?: boolean | string;
  readonly wire?: string;
  readonly trace?: boolean;
  readonly trace_host?: string;
  readonly ndp?: boolean;
  readonly elsewhere?: boolean;
  readonly show?: readonly string[];
  readonly quiet_ms?: number;
  readonly max_ms?: number;
  readonly connect?: boolean;
  readonly only?: readonly string[];
  readonly timeouts?: boolean;
  readonly cmd?: string;
  readonly out?: boolean;
  readonly flush?: boolean;
  readonly ruleset?: RulesetConfig;
  readonly set?: Readonly<Record<string, string | number>>;
  readonly ms?: number;
  readonly rst?: boolean | number;
  readonly both?: boolean | number;
  readonly raw_payload?: string;
}

export interface Scenario {
  readonly id?: string;
  readonly title?: string;
  /** The numbered kernel facts (docs/kernel-facts.md) that it shows. */
  readonly facts?: readonly number[];
  readonly hosts: Readonly<Record<string, HostConfig>>;
  readonly ruleset?: RulesetConfig;
  readonly probes?: readonly Step[];
  readonly quiet_ms?: number;
  readonly sctp?: boolean | number;
}
