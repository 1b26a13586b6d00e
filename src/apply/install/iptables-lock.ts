/**
 * The lock: while tables are exchanged one after the other, a chain that comes first in every hook of `filter` drops what would
 * start a connection. So a mixture of old and new tables lets nothing pass that the old or the new ones would not.
 */
import type { Rule, Ruleset } from '../../ruleset/ruleset.ts';
import { chainPrefix } from './iptables-own.ts';

const lockChain = `${chainPrefix}LOCK`;
const lockInputChain = `${chainPrefix}LOCK-INPUT`;
const jumps = [`INPUT -j ${lockInputChain}`, `FORWARD -j ${lockChain}`, `OUTPUT -j ${lockChain}`] as const;

/** The rules without the lock. */
export function withoutLock(present: Ruleset): Ruleset {
  const isLock = (name: string): boolean => name === lockChain || name === lockInputChain;
  const tables = present.tables.map((table) => ({
    ...table,
    chains: table.chains
      .filter(({ name }) => !isLock(name))
      .map((chain) => ({ ...chain, rules: chain.rules.filter((rule) => !isLock(targetOf(rule))) })),
  }));
  return { tables };
}

function targetOf({ statements }: Rule): string {
  const last = statements.at(-1);
  return last?.kind === 'verdict' && (last.verdict.kind === 'jump' || last.verdict.kind === 'goto')
    ? last.verdict.chain
    : '';
}

/** Whether the lock is in force. */
export function isLocked(present: Ruleset): boolean {
  return present.tables.some(
    ({ name, chains }) => name === 'filter' && chains.some((chain) => chain.name === lockChain),
  );
}

/**
 * Connections that there are go on, as far as the rules let them; neighbour discovery is untracked; loopback and new logins to
 * the operator's port are left to the rules as they are. Nothing is accepted that is not accepted without the lock.
 */
export function lockText(operatorPort: number): string {
  return file([
    `:${lockChain} - [0:0]`,
    `:${lockInputChain} - [0:0]`,
    `-A ${lockChain} -m conntrack --ctstate RELATED,ESTABLISHED,UNTRACKED -j RETURN`,
    `-A ${lockChain} -i lo -j RETURN`,
    `-A ${lockChain} -o lo -j RETURN`,
    `-A ${lockChain} -j DROP`,
    `-A ${lockInputChain} -p tcp -m tcp --dport ${operatorPort} -j RETURN`,
    `-A ${lockInputChain} -g ${lockChain}`,
    ...jumps.map((jump) => `-I ${jump}`),
  ]);
}

/** Lifts the lock; together with a change of `filter` where there is one, so that there is no moment between. */
export function unlockText(filterChange: string | undefined): string {
  const lines = [
    ...jumps.map((jump) => `-D ${jump}`),
    `-F ${lockInputChain}`,
    `-X ${lockInputChain}`,
    `-F ${lockChain}`,
    `-X ${lockChain}`,
  ];
  if (filterChange === undefined) return file(lines);
  return filterChange.replace(/COMMIT\n$/, `${lines.join('\n')}\nCOMMIT\n`);
}

function file(lines: readonly string[]): string {
  return `${['*filter', ...lines, 'COMMIT'].join('\n')}\n`;
}
