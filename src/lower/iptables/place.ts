/** Where base chains of nftables have their place in iptables: a table and a built-in chain with the same hook and priority. */
import type { BaseChain } from '../../ruleset/ruleset.ts';
import type { TargetFamily } from './family.ts';

export interface Place {
  readonly table: string;
  readonly chain: string;
  readonly base: BaseChain;
}

type Known = readonly [
  table: string,
  chain: string,
  type: BaseChain['type'],
  hook: BaseChain['hook'],
  priority: number,
];

const internet: readonly Known[] = [
  ['raw', 'PREROUTING', 'filter', 'prerouting', -300],
  ['raw', 'OUTPUT', 'filter', 'output', -300],
  ['filter', 'INPUT', 'filter', 'input', 0],
  ['filter', 'FORWARD', 'filter', 'forward', 0],
  ['filter', 'OUTPUT', 'filter', 'output', 0],
  ['mangle', 'PREROUTING', 'filter', 'prerouting', -150],
  ['mangle', 'INPUT', 'filter', 'input', -150],
  ['mangle', 'FORWARD', 'filter', 'forward', -150],
  // A mark that is set here makes the kernel choose the route again [119].
  ['mangle', 'OUTPUT', 'route', 'output', -150],
  ['mangle', 'POSTROUTING', 'filter', 'postrouting', -150],
  ['nat', 'PREROUTING', 'nat', 'prerouting', -100],
  ['nat', 'OUTPUT', 'nat', 'output', -100],
  ['nat', 'POSTROUTING', 'nat', 'postrouting', 100],
];

const bridge: readonly Known[] = [
  ['filter', 'FORWARD', 'filter', 'forward', -200],
  ['nat', 'PREROUTING', 'filter', 'prerouting', -300],
  ['nat', 'OUTPUT', 'filter', 'output', 100],
  ['nat', 'POSTROUTING', 'filter', 'postrouting', 300],
];

/** The tables of a family in the order in which they are loaded. */
export function tableOrder(family: TargetFamily): readonly string[] {
  return [...new Set((family === 'bridge' ? bridge : internet).map(([table]) => table))];
}

/** Undefined where iptables has no chain with this hook and priority. */
export function placeOf(base: BaseChain, family: TargetFamily): Place | undefined {
  const known = (family === 'bridge' ? bridge : internet).find(
    ([, , type, hook, priority]) =>
      hook === base.hook &&
      // What has to come behind the rules of a hook, but before the next table, is called behind them.
      (priority === base.priority || (priority === 0 && base.priority === 1)) &&
      (type === 'nat') === (base.type === 'nat'),
  );
  if (known === undefined) return undefined;
  const [table, chain, type, hook, priority] = known;
  return { table, chain, base: { type, hook, priority, policy: 'accept', devices: [] } };
}
