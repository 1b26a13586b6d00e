/** Source checks by bridge port, where the policy names one. */
import type { Endpoint } from '../model/model.ts';
import { type Address, type Family, families } from '../net/address.ts';
import { concat, type Expression, meta, payload } from '../ruleset/expression.ts';
import type { Chain, Rule } from '../ruleset/ruleset.ts';
import type { NamedSet } from '../ruleset/set.ts';
import { accept, anyOf, drop, equals, goto, inSet } from '../ruleset/statement.ts';
import { addressValue, concatenation, integer, interfaceName } from '../ruleset/value.ts';
import { linkLocalPrefix, multicastListenerTypes, neighbourDiscoveryTypes, unspecified } from './constant.ts';
import { originsOf } from './context.ts';
import { addressOf, addressType } from './field.ts';
import { portAddressesSet, portEndpointsSet, sets } from './names.ts';
import { plainSet } from './network.ts';
import { commented, rule } from './part.ts';

const portCheck = 'port-source-check';

/** A container with a named port is recognised by it: its addresses come from there, and nothing else does. */
export function portRules(ported: readonly Endpoint[]): readonly Rule[] {
  const used = portFamilies(ported);
  return [
    rule(inSet(meta('iifname'), sets.ports), goto(portCheck)),
    ...used.map((family) =>
      commented(
        'forged: the address of a container with a port of its own',
        inSet(addressOf(family, 'saddr'), portAddressesSet(family)),
        drop,
      ),
    ),
    ...(used.includes('ipv4') ? [commented('forged in ARP', inSet(arpSource, portAddressesSet('ipv4')), drop)] : []),
  ];
}

const arpSource: Expression = payload('arp', 'saddr ip');

/** What comes in by a named port. */
export function portChain(ported: readonly Endpoint[]): Chain {
  const used = portFamilies(ported);
  const from = (source: Expression): Expression => concat(meta('iifname'), source);
  return {
    name: portCheck,
    base: undefined,
    rules: [
      ...used.map((family) => rule(inSet(from(addressOf(family, 'saddr')), portEndpointsSet(family)), accept)),
      ...(used.includes('ipv4') ? [rule(inSet(from(arpSource), portEndpointsSet('ipv4')), accept)] : []),
      commented('ARP probe', equals(arpSource, unspecified.ipv4), accept),
      commented(
        'neighbour discovery',
        equals(addressOf('ipv6', 'saddr'), linkLocalPrefix),
        anyOf(payload('icmpv6', 'type'), [
          ...neighbourDiscoveryTypes.filter(
            (type) => type.kind === 'integer' && type.value !== 134 && type.value !== 137,
          ),
          ...multicastListenerTypes,
        ]),
        accept,
      ),
      commented(
        'neighbour discovery',
        equals(addressOf('ipv6', 'saddr'), unspecified.ipv6),
        anyOf(payload('icmpv6', 'type'), [integer(135), integer(143)]),
        accept,
      ),
      commented(
        'DHCP',
        equals(addressOf('ipv4', 'saddr'), unspecified.ipv4),
        equals(payload('udp', 'sport'), integer(68)),
        equals(payload('udp', 'dport'), integer(67)),
        accept,
      ),
      commented(
        'DHCPv6',
        equals(addressOf('ipv6', 'saddr'), linkLocalPrefix),
        equals(payload('udp', 'sport'), integer(546)),
        equals(payload('udp', 'dport'), integer(547)),
        accept,
      ),
      commented('forged: not the address of the container behind this port', drop),
    ],
  };
}

function portFamilies(ported: readonly Endpoint[]): readonly Family[] {
  return families.filter((family) => ported.some((endpoint) => endpoint.addresses[family] !== undefined));
}

/** The named ports, and the addresses behind them. */
export function portSets(ported: readonly Endpoint[]): readonly NamedSet[] {
  const each = <T>(family: Family, make: (endpoint: Endpoint, port: string, address: Address) => T): T[] =>
    ported.flatMap((endpoint) => {
      const address = endpoint.addresses[family];
      return address === undefined || endpoint.port === undefined ? [] : [make(endpoint, endpoint.port, address)];
    });
  const names = [...new Map(ported.map((endpoint) => [endpoint.port ?? '', endpoint])).values()];
  return [
    plainSet(
      sets.ports,
      ['ifname'],
      names.map((endpoint) => ({ value: interfaceName(endpoint.port ?? ''), origins: originsOf(endpoint) })),
    ),
    ...portFamilies(ported).flatMap((family) => [
      plainSet(
        portEndpointsSet(family),
        ['ifname', addressType(family)],
        each(family, (endpoint, port, address) => ({
          value: concatenation(interfaceName(port), addressValue(address)),
          origins: originsOf(endpoint),
        })),
      ),
      plainSet(
        portAddressesSet(family),
        [addressType(family)],
        each(family, (endpoint, _port, address) => ({ value: addressValue(address), origins: originsOf(endpoint) })),
      ),
    ]),
  ];
}
