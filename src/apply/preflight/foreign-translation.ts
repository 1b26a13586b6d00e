/** Somebody else's translation of addresses of our networks: who owns it is for the policy to say. */
import { foreignTranslation } from '../../diagnostics/catalogue/apply.ts';
import type { Network } from '../../model/model.ts';
import { formatPrefix, prefixContains } from '../../net/prefix.ts';
import type { Rule, Table } from '../../ruleset/ruleset.ts';
import type { Interval, Value } from '../../ruleset/value.ts';
import { finding } from './finding.ts';
import { ownerOf } from './owners.ts';
import type { Check } from './preflight.ts';

export const foreignTranslations: Check = ({ foreign, meaning }) => {
  const found = new Map<string, ReturnType<typeof finding>>();
  for (const table of foreign.flatMap(({ tables }) => tables))
    for (const chain of table.chains)
      for (const rule of chain.rules) {
        if (!rule.statements.some(({ kind }) => kind === 'nat')) continue;
        const network = meaning.atlas.networks.find((one) => concerns(rule, one));
        if (network === undefined || found.has(network.name)) continue;
        const owner = ownerOf(table.name, chain.name, ...jumpsTo(table, chain.name)) ?? 'somebody';
        const subnets = Object.values(network.subnets).map(({ prefix }) => formatPrefix(prefix));
        const place = `${table.family} ${table.name} ${chain.name}`;
        found.set(
          network.name,
          finding(
            foreignTranslation,
            `${owner} translates ${subnets.join(', ')} (chain ${place}), and so would ctfw for network ${network.name}`,
            {
              span: network.span,
              help: 'mark the network `unmanaged`, or make the other one leave its addresses alone and remove that rule',
            },
          ),
        );
      }
  return [...found.values()];
};

/** Whether a translation names the bridge of a network, or an address of its subnets. */
function concerns(rule: Rule, network: Network): boolean {
  return rule.statements.some((statement) => {
    if (statement.kind === 'match' && statement.right.kind === 'value')
      return valueConcerns(statement.right.value, network) && statement.operator === '==';
    if (statement.kind !== 'nat' || statement.address?.kind !== 'value') return false;
    return valueConcerns(statement.address.value, network);
  });
}

function valueConcerns(value: Value, network: Network): boolean {
  if (value.kind === 'concatenation') return value.parts.some((part) => intervalConcerns(part, network));
  return intervalConcerns(value, network);
}

function intervalConcerns(value: Interval, network: Network): boolean {
  const within = (address: Parameters<typeof prefixContains>[1]): boolean =>
    Object.values(network.subnets).some(({ prefix }) => prefixContains(prefix, address));
  switch (value.kind) {
    case 'address':
      return within(value.address);
    case 'prefix':
      return within(value.prefix.address);
    case 'range':
      return intervalConcerns(value.first, network) || intervalConcerns(value.last, network);
    case 'name':
      return value.name === network.bridge;
    default:
      return false;
  }
}

/** Chains that are reached from a built-in chain are known by the names on the way. */
function jumpsTo(table: Table, name: string): readonly string[] {
  return table.chains
    .filter(({ rules }) =>
      rules.some(({ statements }) =>
        statements.some((one) => one.kind === 'verdict' && one.verdict.kind === 'jump' && one.verdict.chain === name),
      ),
    )
    .map((chain) => chain.name);
}
