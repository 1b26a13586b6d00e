/** Where a random rule stands, and what it may refer to. */
import type { ChainType, Hook, TableFamily } from '../../ruleset/ruleset.ts';
import type { NamedMap, NamedSet } from '../../ruleset/set.ts';
import type { Statement } from '../../ruleset/statement.ts';

/** What is there to refer to. */
export interface Named {
  readonly sets: readonly NamedSet[];
  readonly maps: readonly NamedMap[];
}

/** Where a rule stands; a chain without a hook is reached from several. */
export interface Place {
  readonly family: TableFamily;
  readonly hook: Hook | undefined;
  readonly type: ChainType;
  readonly priority: number;
  readonly named: Named;
  readonly targets: readonly string[];
}

export const hooks: readonly Hook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting'];

/** The headers that a rule speaks of: one of each layer, since nft refuses rules that ask for two. */
export interface Headers {
  readonly network: 'ip' | 'ip6' | undefined;
  readonly transport: 'tcp' | 'udp' | 'sctp' | 'icmp' | 'icmpv6' | 'th' | undefined;
  readonly statements: readonly Statement[];
}

export function isIncoming(hook: Hook | undefined): boolean {
  return hook === 'prerouting' || hook === 'input' || hook === 'forward';
}

export function isOutgoing(hook: Hook | undefined): boolean {
  return hook === 'output' || hook === 'forward' || hook === 'postrouting';
}
