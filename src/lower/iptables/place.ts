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
  ['filter', 'INPUT', 'filter', 'input', -200],
  ['filter', 'FORWARD', 'filter', 'forward', -200],
  ['nat', 'PREROUTING', 'filter', 'prerouting', -300],
  ['nat', 'OUTPUT', 'filter', 'output', 100],
  ['nat', 'POSTROUTING', 'filter', 'postrouting', 300],
];

/**
 * Where we always have a chain and a jump to it, empty ones included, in the order in which the tables are loaded: so that
 * rules of another policy can be loaded over these without touching a jump. The nat table comes last: until its new
 * translations are there, the new filter lets nothing translated pass that the new policy does not publish.
 */
const own: Readonly<Record<'internet' | 'bridge', readonly (readonly [table: string, chain: string])[]>> = {
  internet: [
    ['raw', 'PREROUTING'],
    ['filter', 'INPUT'],
    ['filter', 'FORWARD'],
    ['filter', 'OUTPUT'],
    ['mangle', 'PREROUTING'],
    ['mangle', 'OUTPUT'],
    ['nat', 'PREROUTING'],
    ['nat', 'OUTPUT'],
    ['nat', 'POSTROUTING'],
  ],
  bridge: [
    ['nat', 'PREROUTING'],
    ['nat', 'OUTPUT'],
    ['nat', 'POSTROUTING'],
    ['filter', 'INPUT'],
    ['filter', 'FORWARD'],
  ],
};

export function ownPlaces(family: TargetFamily): readonly Place[] {
  const known = family === 'bridge' ? bridge : internet;
  return own[family === 'bridge' ? 'bridge' : 'internet'].flatMap(([table, chain]) => {
    const found = known.find((one) => one[0] === table && one[1] === chain);
    return found === undefined ? [] : [placeFrom(found)];
  });
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
  return known === undefined ? undefined : placeFrom(known);
}

function placeFrom([table, chain, type, hook, priority]: Known): Place {
  return { table, chain, base: { type, hook, priority, policy: 'accept', devices: [] } };
}
