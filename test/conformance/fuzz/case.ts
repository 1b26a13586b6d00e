/** What a random case consists of, in parts that can be left out one by one while a disagreement is shrunk. */
import type { RulesetPart, Step } from '../scenario/types.ts';

/** A chain or iptables table with its rules as lines. */
export interface RuleBlock {
  readonly type: 'nft' | 'iptables-nft' | 'ip6tables-nft' | 'iptables-legacy' | 'ip6tables-legacy';
  /** The host that it is loaded on: the router under test, or the one behind it. */
  readonly host: 'router' | 'isp';
  readonly head: string;
  readonly lines: readonly string[];
  readonly tail: string;
}

/** How the network differs from the plain one. */
export interface Shape {
  readonly hairpin: boolean;
  /** Another router between the router under test and the outside. */
  readonly twoRouters: boolean;
  /** The ports of the first bridge are isolated from each other. */
  readonly isolated: boolean;
  /** More addresses on the interface to the outside. */
  readonly manyAddresses: boolean;
  /** Packets with mark 1 go to the LAN by a table of their own, those of the second bridge too. */
  readonly policyRouting: boolean;
}

export interface FuzzCase {
  readonly sysctls: Readonly<Record<string, string | number>>;
  readonly shape: Shape;
  readonly blocks: readonly RuleBlock[];
  readonly steps: readonly Step[];
}

/** The rules of a host as the harness loads them: one part a block. */
export function rulesOf({ blocks }: FuzzCase, host: RuleBlock['host']): RulesetPart[] {
  return blocks
    .filter((block) => block.host === host)
    .map(({ type, head, lines, tail }) => ({ type, text: [head, ...lines, tail].join('\n') }));
}

/** Addresses that probes go to, and ports that rules and probes mention. */
export const places = {
  lan: ['192.168.10.2', '192.168.10.3'],
  targets4: [
    '192.168.10.1',
    '172.17.0.1',
    '172.17.0.2',
    '172.17.0.3',
    '172.18.0.2',
    '8.8.8.8',
    '192.168.10.2',
    '203.0.113.1',
    '10.9.9.9',
  ],
  targets6: ['fd10::1', 'fd17::1', 'fd17::2', 'fd17::3', 'fd18::2', '2001:4860::8888', 'fd10::2'],
  ports: [7, 9, 53, 80, 81, 443, 8080, 8081],
  interfaces: ['eth0', 'eth1', 'br0', 'br1', 'lo', 'vc1'],
} as const;
