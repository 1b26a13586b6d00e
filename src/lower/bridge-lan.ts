/** Bridges that lead to a LAN, in the bridge table: whose addresses come from the NIC, and what leaves past the host. */
import { isBridgedLan } from '../model/lan.ts';
import type { Network } from '../model/model.ts';
import { type Family, families } from '../net/address.ts';
import { meta } from '../ruleset/expression.ts';
import type { Rule } from '../ruleset/ruleset.ts';
import type { NamedSet } from '../ruleset/set.ts';
import { drop, inSet, notInSet, type Statement } from '../ruleset/statement.ts';
import { interfaceName } from '../ruleset/value.ts';
import { type LowerContext, originsOf } from './context.ts';
import { elsewhereFamilies } from './elsewhere.ts';
import { addressOf } from './field.ts';
import { elsewhereSet, foreignSet, lanAddressesSet, lanSubnetsSet, sets } from './names.ts';
import { lanAddresses, plainSet, subnetSet, withUnreachable } from './network.ts';
import { commented } from './part.ts';

/** Bridges that lead to a LAN, whose addresses are not checked but for those that are ours. */
function bridgedLans({ lans }: LowerContext, family: Family): readonly Network[] {
  return lans.filter((network) => isBridgedLan(network) && network.subnets[family] !== undefined);
}

/** On a bridge that leads to a LAN: containers have the addresses given to them, and nobody behind the NIC has those. */
export function lanSourceRules(context: LowerContext, family: Family): readonly Rule[] {
  if (bridgedLans(context, family).length === 0) return [];
  const source = addressOf(family, 'saddr');
  return [
    commented(
      'forged: the address of a container, from the LAN',
      inSet(meta('iifname'), sets.nics),
      inSet(source, lanAddressesSet(family)),
      drop,
    ),
    commented(
      'forged: an address of the LAN that was given to no container',
      notInSet(meta('iifname'), sets.nics),
      inSet(source, lanSubnetsSet(family)),
      notInSet(source, lanAddressesSet(family)),
      drop,
    ),
  ];
}

/** The NICs, and the addresses and subnets of the LANs behind them. */
export function nicSets(context: LowerContext): readonly NamedSet[] {
  const used = families.filter((family) => bridgedLans(context, family).length > 0);
  const nics = context.lans.filter(isBridgedLan);
  if (used.length === 0) return [];
  return [
    plainSet(
      sets.nics,
      ['ifname'],
      nics.map((network) => ({ value: interfaceName(network.nic ?? ''), origins: originsOf(network) })),
    ),
    ...used.flatMap((family) => {
      const lans = bridgedLans(context, family);
      return [subnetSet(lanSubnetsSet(family), family, lans), lanAddresses(context, lans, family)];
    }),
  ];
}

/** Between the LAN and a network of ours packets are routed, never bridged. */
export function lanRules(context: LowerContext, family: Family): readonly Rule[] {
  if (foreignSets(context, family).length === 0) return [];
  const sides = [
    ['saddr', 'daddr'],
    ['daddr', 'saddr'],
  ] as const;
  return [
    ...sides.map(([ours, theirs]) =>
      commented(
        'an address of another network',
        inSet(addressOf(family, ours), foreignSet(family)),
        inSet(addressOf(family, theirs), lanSubnetsSet(family)),
        drop,
      ),
    ),
    ...sides.map(([ours]) =>
      commented(
        'an address of another network, out to the LAN',
        inSet(meta('oifname'), sets.nics),
        inSet(addressOf(family, ours), foreignSet(family)),
        drop,
      ),
    ),
  ];
}

/** Out to the LAN for a network of another host, which the LAN's gateway may know: an allow may name it, so the inet table has to judge. */
export function byTheGateway(context: LowerContext, comment: string, statement: Statement): readonly Rule[] {
  const toLan = inSet(meta('oifname'), sets.nics);
  return lanElsewhereFamilies(context).flatMap((family) => [
    commented(
      'forged: an address of a network of another host',
      toLan,
      inSet(addressOf(family, 'saddr'), elsewhereSet(family)),
      drop,
    ),
    commented(comment, toLan, inSet(addressOf(family, 'daddr'), elsewhereSet(family)), statement),
  ]);
}

/** Families in which a LAN may lead to networks of other hosts. */
export function lanElsewhereFamilies(context: LowerContext): readonly Family[] {
  return elsewhereFamilies(context).filter((family) => bridgedLans(context, family).length > 0);
}

/** All that is ours besides the LANs; none where there is nothing to tell apart. */
export function foreignSets(context: LowerContext, family: Family): readonly NamedSet[] {
  const lans = bridgedLans(context, family);
  const ours = withUnreachable(subnetSet(foreignSet(family), family, context.networks), context, family);
  return lans.length === 0 || ours.elements.length === 0 ? [] : [ours];
}
