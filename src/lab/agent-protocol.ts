/** The language of the lab's agent (libexec/ctfw-lab-agent.py): JSON lines, addresses as text. */

export const agentProtocol = 1;

// ---- requests -----------------------------------------------------------------------------------------------------------

export interface AgentRequests {
  readonly build: {
    readonly request: {
      readonly namespaces: readonly WireNamespace[];
      readonly links: readonly WireLink[];
      readonly macvlans: readonly WireMacvlan[];
    };
    readonly result: {
      readonly descriptors: Readonly<Record<string, number>>;
      /** For namespaces with names of their own: descriptors of the mount and the UTS namespace. */
      readonly places: Readonly<Record<string, Place>>;
    };
  };
  /** A bridge takes a NIC over, with its addresses and routes; `pauseMs` between steps. */
  readonly move: {
    readonly request: {
      readonly namespace: string;
      readonly nic: string;
      readonly bridge: string;
      readonly addresses: WireNamespace['addresses'];
      readonly routes: WireNamespace['routes'];
      readonly pauseMs: number;
    };
    readonly result: null;
  };
  readonly probe: {
    readonly request: { readonly probes: readonly WireProbe[]; readonly quietMs: number; readonly limitMs: number };
    readonly result: { readonly results: readonly WireResult[] };
  };
  readonly listen: {
    readonly request: { readonly protocol: 'tcp' | 'udp'; readonly ports: readonly number[] };
    readonly result: null;
  };
  readonly exec: {
    readonly request: {
      readonly namespace: string;
      readonly command: readonly string[];
      readonly input: string;
      readonly timeoutMs: number;
    };
    readonly result: CommandResult;
  };
  readonly sysctl: {
    readonly request: { readonly namespace: string; readonly values: readonly WireSysctl[] };
    readonly result: null;
  };
  readonly 'flush-connections': { readonly request: { readonly namespace: string }; readonly result: null };
  readonly detach: { readonly request: Readonly<Record<string, never>>; readonly result: null };
}

export type Operation = keyof AgentRequests;

export type Place = readonly [mounts: number, hostname: number];

/** What a command inside the lab came to; `status` is 128 + signal when a signal ended it, 127 when it could not be started. */
export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/** Path below /proc/sys, value, and whether a kernel may lack it. */
export type WireSysctl = readonly [path: string, value: string, optional: boolean];

export interface WireNamespace {
  readonly name: string;
  readonly names: { readonly hostname: string; readonly files: Readonly<Record<string, string>> } | null;
  readonly sysctls: readonly WireSysctl[];
  readonly interfaceSysctls: readonly WireSysctl[];
  readonly bridges: readonly { readonly name: string; readonly mac: string; readonly mtu: number }[];
  readonly switches: readonly { readonly name: string; readonly mac: string; readonly mtu: number }[];
  readonly tunnels: readonly WireTunnel[];
  /** Interfaces that links bring, bridges aside. */
  readonly interfaces: readonly string[];
  readonly addresses: readonly { readonly interface: string; readonly address: string; readonly length: number }[];
  readonly routes: readonly {
    readonly destination: string;
    readonly length: number;
    readonly via: string | null;
    readonly interface: string | null;
    readonly onlink: boolean;
  }[];
  readonly neighbours: readonly { readonly interface: string; readonly address: string; readonly mac: string }[];
  /** The interface on which every address is answered for. */
  readonly answers: { readonly interface: string; readonly mac: string; readonly except: readonly string[] } | null;
}

export interface WireLink {
  readonly mtu: number;
  readonly ends: readonly WireEnd[];
}

export interface WireTunnel {
  readonly interface: string;
  readonly mac: string;
  readonly mtu: number;
  readonly bridge: string;
  readonly identifier: number;
  readonly port: number;
  readonly local: string;
  readonly remotes: readonly string[];
}

export interface WireMacvlan {
  readonly namespace: string;
  readonly interface: string;
  readonly mac: string;
  readonly mtu: number;
  readonly parent: string;
  readonly parentNamespace: string;
}

export interface WireEnd {
  readonly namespace: string;
  readonly interface: string;
  readonly mac: string;
  readonly bridge: string | null;
  /** The switch that the end is a port of, and its VLANs there: untagged frames of one (0: none), or tagged frames of several. */
  readonly switch: {
    readonly name: string;
    readonly vlan: { readonly access: number } | { readonly trunk: readonly number[] };
  } | null;
  readonly hairpin: boolean;
}

export interface WireProbe {
  readonly namespace: string;
  /** `socket`: a real connection or datagram (TCP and UDP only; other protocols are crafted in either mode). */
  readonly mode: 'socket' | 'crafted';
  readonly protocol: number;
  /** Absent: as the sender's routing chooses. */
  readonly source?: string;
  /** Absent: one that no earlier probe used. */
  readonly sourcePort?: number;
  readonly destination: string;
  readonly destinationPort?: number;
  readonly tcpFlags?: number;
  readonly type?: number;
  readonly code?: number;
  readonly ttl?: number;
  /** Puts the packet as a frame on an interface instead of routing it. */
  readonly frame?: { readonly interface: string; readonly sourceMac: string; readonly destinationMac: string };
}

// ---- answers ------------------------------------------------------------------------------------------------------------

export interface WireResult {
  /** Everything that was seen of the probe, in any namespace, in the order in which it was seen there. */
  readonly signs: readonly WireSign[];
  /** Socket mode, TCP: whether the connection was established. */
  readonly connected: boolean;
  readonly source?: string;
  readonly sourcePort?: number;
  /** The name of the error that sending met, such as `EPERM`. */
  readonly error?: string;
}

/** A packet that some namespace delivered and that belongs to a probe. */
export interface WireSign {
  /** `request`: the probe itself; `error`: an ICMP error about it; `answer`: anything else that carries its number. */
  readonly role: 'request' | 'answer' | 'error';
  readonly namespace: string;
  readonly interface: string;
  readonly protocol: number;
  readonly source: string;
  readonly sourcePort?: number;
  readonly destination: string;
  readonly destinationPort?: number;
  readonly ttl: number;
  readonly tcpFlags?: number;
  readonly type?: number;
  readonly code?: number;
  /** An error: the packet that it quotes. */
  readonly about?: {
    readonly source: string;
    readonly sourcePort?: number;
    readonly destination: string;
    readonly destinationPort?: number;
  };
}

export type AgentMessage =
  | { readonly kind: 'ready'; readonly protocol: number; readonly pid: number }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  /** `id` is undefined when the agent could not read the request. */
  | { readonly kind: 'failed'; readonly id: number | undefined; readonly message: string };

/** One request as the line to write. */
export function encodeRequest<Name extends Operation>(
  id: number,
  operation: Name,
  request: AgentRequests[Name]['request'],
): string {
  return JSON.stringify({ ...request, id, op: operation });
}

/** Reads one line of the agent; undefined when it is none of its messages. */
export function decodeMessage(line: string): AgentMessage | undefined {
  const message = parseObject(line);
  if (message === undefined) return undefined;
  if (message.event === 'ready' && typeof message.protocol === 'number' && typeof message.pid === 'number') {
    return { kind: 'ready', protocol: message.protocol, pid: message.pid };
  }
  if (message.event === 'refused') return { kind: 'refused', message: `${message.message}` };
  const id = typeof message.id === 'number' ? message.id : undefined;
  if (message.ok === true && id !== undefined) return { kind: 'done', id, result: message.result };
  if (message.ok === false) return { kind: 'failed', id, message: `${message.error}` };
  return undefined;
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
