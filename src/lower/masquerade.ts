/** Source NAT: containers leave to the outside with the address of the interface they leave by; hairpins come back through us. */
import { families } from '../net/address.ts';
import { concat, ct, meta } from '../ruleset/expression.ts';
import type { Chain, Rule } from '../ruleset/ruleset.ts';
import {
  equals,
  hasBits,
  inSet,
  lacksBits,
  type NatStatement,
  notInSet,
  returnFromChain,
  type Statement,
} from '../ruleset/statement.ts';
import { conntrackState, loopbackPrefix } from './constant.ts';
import type { LowerContext } from './context.ts';
import { elsewhereFamilies } from './elsewhere.ts';
import { addressOf, familyTest, notToEndpoint } from './field.ts';
import { clearMark, hasMark, leavingNetworks, setMark } from './mark.ts';
import { chains, elsewhereSet, endpointsSet, sets } from './names.ts';
import { bridgeSet, innerSet, usedFamilies } from './network.ts';
import { commented, emptyPart, type Part } from './part.ts';

const masquerade: NatStatement = {
  kind: 'nat',
  type: 'masquerade',
  family: undefined,
  address: undefined,
  port: undefined,
  shiftBase: undefined,
  flags: [],
};
const familyTests = { ipv4: familyTest('ipv4'), ipv6: familyTest('ipv6') };
const translated = hasBits(ct('status'), 0x20);

/** Containers on a LAN are behind an interface that leads outside. */
function toOutside(context: LowerContext): readonly (readonly Statement[])[] {
  const out = [inSet(meta('iifname'), sets.masqueradeBridges), notInSet(meta('oifname'), sets.inside)];
  if (context.lans.length === 0) return [out];
  const used = usedFamilies(context);
  return families.map((family) => [...out, (used.includes(family) ? notToEndpoint : familyTests)[family].match]);
}

/**
 * Towards our own networks nothing is masqueraded [71] but two kinds of published flows: a container that uses a
 * publication of its own network, whose answer would else go past the host [89, 92], and the host's own 127.0.0.1 [95].
 */
export function masqueradePart(context: LowerContext): Part {
  const leaving = leavingNetworks(context);
  const targets = new Set(context.publications.map((publication) => publication.target.network));
  const hairpin = context.networks.filter((network) => targets.has(network) && network.gatewayMode !== 'routed');
  // POSTROUTING of iptables shows no input interface.
  const forIptables = context.options.target === 'iptables';
  const outside = toOutside(context);
  const rule = (comment: string, ...statements: readonly Statement[]): Rule => ({
    statements: [...statements, masquerade],
    origins: [],
    comment,
  });
  const rules = [
    ...(leaving.length === 0
      ? []
      : [
          ...(forIptables ? [] : elsewhereReturns(context)),
          ...(forIptables
            ? [rule('to the outside: marked where the input interface is known', hasMark(context), clearMark(context))]
            : outside.map((tests) => rule('to the outside', ...tests))),
        ]),
    ...(hairpin.length === 0
      ? []
      : [
          ...(forIptables
            ? []
            : [
                rule(
                  'a container uses a publication of its own network',
                  inSet(concat(meta('iifname'), meta('oifname')), sets.hairpin),
                  translated,
                ),
              ]),
          ...usedFamilies(context).map((family) =>
            rule(
              'the same, bridged by br_netfilter, which shows no input interface here',
              inSet(concat(meta('oifname'), addressOf(family, 'saddr')), endpointsSet(family)),
              translated,
            ),
          ),
          rule(
            'the host uses a publication through loopback',
            equals(addressOf('ipv4', 'saddr'), loopbackPrefix.ipv4),
            inSet(meta('oifname'), sets.bridges),
            translated,
          ),
        ]),
  ];
  if (rules.length === 0) return emptyPart;
  return {
    maps: [],
    chains: [
      ...(forIptables && leaving.length > 0 ? [markLeaving(context, outside)] : []),
      {
        name: chains.masquerade,
        base: { type: 'nat', hook: 'postrouting', priority: 100, policy: 'accept', devices: [] },
        rules,
      },
    ],
    sets: [
      ...(leaving.length === 0 ? [] : [bridgeSet(sets.masqueradeBridges, leaving)]),
      ...(hairpin.length === 0 || forIptables ? [] : [innerSet(sets.hairpin, hairpin)]),
    ],
  };
}

/** "Traffic between declared networks is routed with its own source", on whichever host they are. */
function elsewhereReturns(context: LowerContext): readonly Rule[] {
  return elsewhereFamilies(context).map((family) => ({
    statements: [
      notInSet(meta('oifname'), sets.inside),
      inSet(addressOf(family, 'daddr'), elsewhereSet(family)),
      returnFromChain,
    ],
    origins: [],
    comment: 'to a network of another host',
  }));
}
/**
 * Behind the forward chain: the first packet of a connection that is to be masqueraded carries our bit to POSTROUTING. Only
 * the first one, which is not confirmed yet, visits the nat table; on others the bit would stay.
 */
function markLeaving(context: LowerContext, outside: readonly (readonly Statement[])[]): Chain {
  return {
    name: chains.leaving,
    base: { type: 'filter', hook: 'forward', priority: 1, policy: 'accept', devices: [] },
    rules: [
      ...elsewhereReturns(context),
      ...outside.map((tests) =>
        commented(
          'to the outside: masquerade',
          ...tests,
          hasBits(ct('state'), conntrackState.new),
          lacksBits(ct('status'), confirmed),
          setMark(context),
        ),
      ),
    ],
  };
}

/** IPS_CONFIRMED. */
const confirmed = 0x8;
