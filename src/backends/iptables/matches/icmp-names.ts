/** The names that iptables gives to ICMP and ICMPv6 types and codes. */

export interface IcmpName {
  readonly type: number;
  readonly code: number | undefined;
}

function named(rows: readonly (readonly [type: number, code: number | undefined, ...names: string[]])[]) {
  return new Map<string, IcmpName>(
    rows.flatMap(([type, code, ...names]) => names.map((name): [string, IcmpName] => [name, { type, code }])),
  );
}

export const icmpTypeNames: ReadonlyMap<string, IcmpName> = named([
  [0, undefined, 'echo-reply', 'pong'],
  [3, undefined, 'destination-unreachable'],
  [3, 0, 'network-unreachable'],
  [3, 1, 'host-unreachable'],
  [3, 2, 'protocol-unreachable'],
  [3, 3, 'port-unreachable'],
  [3, 4, 'fragmentation-needed'],
  [3, 5, 'source-route-failed'],
  [3, 6, 'network-unknown'],
  [3, 7, 'host-unknown'],
  [3, 9, 'network-prohibited'],
  [3, 10, 'host-prohibited'],
  [3, 11, 'tos-network-unreachable'],
  [3, 12, 'tos-host-unreachable'],
  [3, 13, 'communication-prohibited'],
  [3, 14, 'host-precedence-violation'],
  [3, 15, 'precedence-cutoff'],
  [4, undefined, 'source-quench'],
  [5, undefined, 'redirect'],
  [5, 0, 'network-redirect'],
  [5, 1, 'host-redirect'],
  [5, 2, 'tos-network-redirect'],
  [5, 3, 'tos-host-redirect'],
  [8, undefined, 'echo-request', 'ping'],
  [9, undefined, 'router-advertisement'],
  [10, undefined, 'router-solicitation'],
  [11, undefined, 'time-exceeded', 'ttl-exceeded'],
  [11, 0, 'ttl-zero-during-transit'],
  [11, 1, 'ttl-zero-during-reassembly'],
  [12, undefined, 'parameter-problem'],
  [12, 0, 'ip-header-bad'],
  [12, 1, 'required-option-missing'],
  [13, undefined, 'timestamp-request'],
  [14, undefined, 'timestamp-reply'],
  [17, undefined, 'address-mask-request'],
  [18, undefined, 'address-mask-reply'],
]);

export const icmpv6TypeNames: ReadonlyMap<string, IcmpName> = named([
  [1, undefined, 'destination-unreachable'],
  [1, 0, 'no-route'],
  [1, 1, 'communication-prohibited'],
  [1, 2, 'beyond-scope'],
  [1, 3, 'address-unreachable'],
  [1, 4, 'port-unreachable'],
  [1, 5, 'failed-policy'],
  [1, 6, 'reject-route'],
  [2, undefined, 'packet-too-big'],
  [3, undefined, 'time-exceeded', 'ttl-exceeded'],
  [3, 0, 'ttl-zero-during-transit'],
  [3, 1, 'ttl-zero-during-reassembly'],
  [4, undefined, 'parameter-problem'],
  [4, 0, 'bad-header'],
  [4, 1, 'unknown-header-type'],
  [4, 2, 'unknown-option'],
  [128, undefined, 'echo-request', 'ping'],
  [129, undefined, 'echo-reply', 'pong'],
  [130, undefined, 'mld-listener-query'],
  [131, undefined, 'mld-listener-report'],
  [132, undefined, 'mld-listener-done', 'mld-listener-reduction'],
  [133, undefined, 'router-solicitation'],
  [134, undefined, 'router-advertisement'],
  [135, undefined, 'neighbour-solicitation', 'neighbor-solicitation'],
  [136, undefined, 'neighbour-advertisement', 'neighbor-advertisement'],
  [137, undefined, 'redirect'],
]);
