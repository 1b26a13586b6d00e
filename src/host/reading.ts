/** What was read from a host at one moment: how it looks to packets, every rule of every tool, and who listens. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { HostView } from '../host-view/host-view.ts';
import type { Ruleset } from '../ruleset/ruleset.ts';

export interface HostReading {
  readonly view: HostView;
  /** The rules of nftables, and of each implementation of iptables, as read; in the order in which they were registered as far as known. */
  readonly rulesets: readonly Ruleset[];
  readonly listeners: readonly Listener[];
  /** What of the rules could not be read. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A socket that waits for packets; an address of zeros is every address of its family. */
export interface Listener {
  readonly family: 'ipv4' | 'ipv6';
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  /** The program, where it is known. */
  readonly program: string | undefined;
}
