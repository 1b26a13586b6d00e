/** Whether the interfaces, bridges and addresses of the policy are there. */
import { addressMissing, bridgeMissing, interfaceMissing } from '../../diagnostics/catalogue/apply.ts';
import { suggest } from '../../diagnostics/suggest.ts';
import { formatAddress, sameAddress } from '../../net/address.ts';
import { finding } from './finding.ts';
import type { Check } from './preflight.ts';

export const interfaces: Check = ({ model, host, reading, meaning }) => {
  const present = new Map(reading.view.interfaces.map((one) => [one.name, one]));
  const missing = (name: string, span: Parameters<typeof finding>[2]) => {
    const near = suggest(name, [...present.keys()]);
    const help = near === undefined ? `it has: ${[...present.keys()].join(', ')}` : `did you mean ${near}?`;
    return finding(interfaceMissing, `the host has no interface ${name}`, { ...span, help });
  };
  const declared = host.interfaces
    .filter(({ name }) => !present.has(name))
    .map(({ name, span }) => missing(name, { span }));
  const bridges = new Set(model.networks.map(({ bridge }) => bridge));
  const zones = model.zones.flatMap(({ name, interface: on, span }) =>
    on === undefined || present.has(on) || bridges.has(on) || host.interfaces.some((one) => one.name === on)
      ? []
      : [finding(interfaceMissing, `zone ${name} is on ${on}, an interface that the host does not have`, { span })],
  );
  const absentBridges = meaning.atlas.networks
    .filter(({ bridge }) => !present.has(bridge))
    .map(({ name, bridge, span }) =>
      finding(bridgeMissing, `the bridge ${bridge} of network ${name} does not exist yet`, { span }),
    );
  const addresses = host.interfaces.flatMap(({ name, addresses: wanted, span }) => {
    // the address of a NIC is written on it and is on the bridge that it is a port of
    const places = [name, ...model.networks.flatMap((one) => (one.nic === name ? [one.bridge] : []))];
    const held = places.flatMap((place) => present.get(place)?.addresses ?? []);
    return wanted
      .filter(({ address }) => present.has(name) && !held.some((one) => sameAddress(one.address, address)))
      .map(({ address }) =>
        finding(addressMissing, `${name} does not have the address ${formatAddress(address)}`, { span }),
      );
  });
  return [...declared, ...zones, ...absentBridges, ...addresses];
};
