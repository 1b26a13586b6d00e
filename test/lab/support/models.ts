/** Hand-made models for the lab's tests: short words for what a policy would say. */
import type { CheckedModel, Container, Endpoint, Host, Model, Network } from '../../../src/model/model.ts';
import { type Address, parseAddress } from '../../../src/net/address.ts';
import { port } from '../../../src/net/port.ts';
import { type InterfaceAddress, type Prefix, parseInterfaceAddress, parsePrefix } from '../../../src/net/prefix.ts';
import type { Span } from '../../../src/source/span.ts';

export const nowhere: Span = { file: { name: 'test.ctfw', text: '' }, start: 0, end: 0 };
const noDns = { servers: [], search: [], options: [] };

export function ip(text: string): Address {
  const value = parseAddress(text);
  if (value === undefined) throw new Error(`no address: ${text}`);
  return value;
}

export function cidr(text: string): Prefix {
  const value = parsePrefix(text);
  if (value === undefined) throw new Error(`no prefix: ${text}`);
  return value;
}

export function held(text: string): InterfaceAddress {
  const value = parseInterfaceAddress(text);
  if (value === undefined) throw new Error(`no interface address: ${text}`);
  return value;
}

export function aHost(overrides: Partial<Host> = {}): Host {
  return {
    kind: 'host',
    name: 'edge',
    declared: true,
    interfaces: [],
    routes: [],
    ipForward: true,
    protectHost: false,
    transit: true,
    transitWritten: false,
    loopbackPublish: false,
    publishAddress: undefined,
    autoPorts: { first: port(49000), last: port(49900) },
    dns: noDns,
    span: nowhere,
    ...overrides,
  };
}

/** A network with its bridge addresses: `'172.17.0.1/16'` is both subnet and gateway. */
export function aNetwork(
  name: string,
  bridge: string,
  gateways: readonly string[],
  overrides: Partial<Network> = {},
): Network {
  const subnets = Object.fromEntries(
    gateways.map((text) => {
      const gateway = held(text);
      return [gateway.address.family, { prefix: cidr(text), gateway: gateway.address }];
    }),
  );
  return {
    kind: 'network',
    name,
    networkKind: 'bridge',
    bridge,
    nic: undefined,
    vlan: undefined,
    vxlan: undefined,
    hosts: [],
    subnets,
    mtu: 1500,
    icc: true,
    internal: false,
    masquerade: true,
    gatewayMode: 'nat',
    spoofingAllowed: false,
    unmanaged: false,
    dns: noDns,
    span: nowhere,
    ...overrides,
  };
}

export function anEndpoint(
  container: string,
  network: Network,
  addresses: readonly string[],
  overrides: Partial<Endpoint> = {},
): Endpoint {
  return {
    container,
    network,
    addresses: Object.fromEntries(addresses.map((text) => [ip(text).family, ip(text)])),
    port: undefined,
    mac: undefined,
    gateways: [],
    aliases: [],
    span: nowhere,
    ...overrides,
  };
}

export function aContainer(name: string, overrides: Partial<Container> = {}): Container {
  return {
    kind: 'container',
    name,
    host: undefined,
    mode: { kind: 'attached' },
    endpoints: [],
    exposed: [],
    publications: [],
    hostname: name,
    aliases: [],
    dns: noDns,
    routes: [],
    plumbs: [],
    span: nowhere,
    ...overrides,
  };
}

export function aModel(parts: Partial<Model>): CheckedModel {
  const model: Model = {
    hosts: [],
    zones: [],
    networks: [],
    containers: [],
    groups: [],
    links: [],
    access: [],
    expectations: [],
    connections: [],
    ...parts,
  };
  return model as CheckedModel; // hand-made, so nothing has checked it
}

/** Two networks, three containers, two wires: front (web, app) is open, back (web, db) is internal. */
export function edgeModel(): { readonly model: CheckedModel; readonly host: Host } {
  const front = aNetwork('front', 'br-front', ['172.17.0.1/16', 'fd00:17::1/64']);
  const back = aNetwork('back', 'br-back', ['172.18.0.1/16', 'fd00:18::1/64'], { internal: true });
  const host = aHost({
    interfaces: [
      { name: 'lan0', addresses: [held('192.168.1.5/24'), held('2001:db8:2::5/64')], mtu: undefined, span: nowhere },
      { name: 'wan0', addresses: [held('203.0.113.10/24'), held('2001:db8:1::10/64')], mtu: undefined, span: nowhere },
    ],
    routes: [
      { destination: cidr('0.0.0.0/0'), via: ip('203.0.113.1'), interface: undefined, span: nowhere },
      { destination: cidr('::/0'), via: ip('2001:db8:1::1'), interface: 'wan0', span: nowhere },
    ],
  });
  const containers = [
    aContainer('web', {
      endpoints: [
        anEndpoint('web', front, ['172.17.0.2', 'fd00:17::2']),
        anEndpoint('web', back, ['172.18.0.2', 'fd00:18::2']),
      ],
      exposed: [{ ports: { first: port(80), last: port(80) }, protocol: 'tcp', span: nowhere }],
    }),
    aContainer('app', { endpoints: [anEndpoint('app', front, ['172.17.0.3', 'fd00:17::3'])] }),
    aContainer('db', { endpoints: [anEndpoint('db', back, ['172.18.0.3', 'fd00:18::3'])] }),
    aContainer('metrics', { mode: { kind: 'shared', container: 'web' } }),
    aContainer('agent', { mode: { kind: 'host' } }),
  ];
  return { model: aModel({ hosts: [host], networks: [front, back], containers }), host };
}
