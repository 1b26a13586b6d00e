/** Random syntax trees of the whole language: well-formed, but with names that nothing declares. Made by a program, so without places. */
import fc, { type Arbitrary } from 'fast-check';
import { type Address, address } from '../../src/net/address.ts';
import { type MacAddress, parseMac } from '../../src/net/mac.ts';
import { type PortRange, port } from '../../src/net/port.ts';
import { type InterfaceAddress, type Prefix, prefixOf } from '../../src/net/prefix.ts';
import { portProtocols } from '../../src/net/protocol.ts';
import type { Span } from '../../src/source/span.ts';
import type {
  AccessStatement,
  AliasItem,
  AttachItem,
  AttachOption,
  ConnectStatement,
  ContainerBlock,
  ContainerItem,
  DnsItem,
  ExpectedOutcome,
  ExpectStatement,
  FlagItem,
  GroupStatement,
  HostBlock,
  HostItem,
  IncludeStatement,
  InterfaceItem,
  LinkStatement,
  LiteralSubject,
  Name,
  NetworkBlock,
  NetworkItem,
  NetworkPlacement,
  PolicyFile,
  PortService,
  PublicationForm,
  ServiceItem,
  ServiceStatement,
  Statement,
  Subject,
  Written,
  ZoneStatement,
} from '../../src/syntax/tree.ts';

const source = { name: 'generated.ctfw', text: '' };
const span: Span = { file: source, start: 0, end: 0 };

const written = <T>(value: Arbitrary<T>): Arbitrary<Written<T>> => value.map((inner) => ({ value: inner, span }));
const name = (text: Arbitrary<string>): Arbitrary<Name> => text.map((inner) => ({ text: inner, span }));
const some = <T>(value: Arbitrary<T>): Arbitrary<T[]> => fc.array(value, { minLength: 1, maxLength: 4 });
const maybe = <T>(value: Arbitrary<T>): Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

// ---- names --------------------------------------------------------------------------------------------------------------

/** Words of the language: as names they must mean nothing special. */
const words = [
  ...[
    'host',
    'zone',
    'network',
    'container',
    'group',
    'service',
    'link',
    'allow',
    'deny',
    'expect',
    'connect',
    'include',
  ],
  ...[
    'on',
    'via',
    'from',
    'as',
    'to',
    'log',
    'default',
    'all',
    'none',
    'nat',
    'off',
    'internal',
    'attach',
    'port',
    'dns',
  ],
];
/** Words that end a list of services. */
const clauseWords = ['reject', 'allowed', 'blocked', 'rejected', 'reaches', 'leaves'];

const plainName = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('web', 'db', 'front', 'back', 'edge', 'a.b-c_d', '_x', 'fe80') },
  { weight: 2, arbitrary: fc.constantFrom(...words) },
  { weight: 1, arbitrary: fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,20}$/) },
);
const subjectText = fc
  .oneof(plainName, fc.constantFrom(...clauseWords, 'tcp', 'icmp'))
  .filter((text) => text !== 'any');
export const arbitraryName: Arbitrary<Name> = name(subjectText);
const serviceName = plainName.filter((text) => ![...clauseWords, 'any', 'icmp', 'tcp', 'udp', 'sctp'].includes(text));
const interfaceName = name(
  fc.oneof(
    fc.constantFrom('eth0', 'br-front', 'eth0.100', 'on', 'host'),
    fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_@-]{0,14}$/),
  ),
);
const hostname = fc.oneof(
  fc.constantFrom('db.example.com', '1st', 'on', 'x'),
  fc.stringMatching(/^[a-z0-9]{1,8}(\.[a-z0-9]{1,8}){0,2}$/),
);

// ---- values -------------------------------------------------------------------------------------------------------------

export const arbitraryAddress: Arbitrary<Address> = fc.oneof(
  fc.bigInt({ min: 0n, max: 0xffff_ffffn }).map((value) => address('ipv4', value)),
  fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((value) => address('ipv6', value)),
  fc.bigInt({ min: 0n, max: 0xffffn }).map((value) => address('ipv6', (0xfd00n << 112n) | value)),
);
const interfaceAddress: Arbitrary<InterfaceAddress> = arbitraryAddress.chain((value) =>
  fc.integer({ min: 0, max: value.family === 'ipv4' ? 32 : 128 }).map((length) => ({ address: value, length })),
);
export const arbitraryPrefix: Arbitrary<Prefix> = interfaceAddress.map((value) =>
  prefixOf(value.address, value.length),
);
const portNumber = fc.oneof(fc.constantFrom(1, 22, 80, 443, 65535), fc.integer({ min: 1, max: 65535 }));
export const arbitraryPorts: Arbitrary<PortRange> = fc.oneof(
  portNumber.map((value) => ({ first: port(value), last: port(value) })),
  fc.tuple(portNumber, portNumber).map(([a, b]) => ({ first: port(Math.min(a, b)), last: port(Math.max(a, b)) })),
);
const protocol = fc.constantFrom(...portProtocols);
const mac: Arbitrary<MacAddress> = fc
  .array(fc.integer({ min: 0, max: 255 }), { minLength: 6, maxLength: 6 })
  .map((bytes) => parseMac(bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':')))
  .filter((value) => value !== undefined);

// ---- subjects and services ----------------------------------------------------------------------------------------------

const anySubject = fc.constant({ kind: 'any' as const, span });
const literal: Arbitrary<LiteralSubject> = arbitraryPrefix.map((prefix) => ({ kind: 'literal', prefix, span }));
const subject: Arbitrary<Subject> = fc.oneof(
  { weight: 1, arbitrary: anySubject },
  { weight: 4, arbitrary: subjectText.map((text) => ({ kind: 'named' as const, name: text, span })) },
  { weight: 2, arbitrary: literal },
);
const portService: Arbitrary<PortService> = fc.record({
  kind: fc.constant('port' as const),
  protocol,
  ports: arbitraryPorts,
  span: fc.constant(span),
});
const icmpType = name(
  fc.constantFrom('echo-request', 'echo-reply', 'destination-unreachable', 'nd-neighbor-solicit', 'log', 'on'),
);
const service: Arbitrary<ServiceItem> = fc.oneof(
  fc.constant({ kind: 'any' as const, span }),
  serviceName.map((text) => ({ kind: 'named' as const, name: text, span })),
  portService,
  protocol.map((bare): PortService => ({ kind: 'port', protocol: bare, ports: undefined, span })),
  maybe(icmpType).map((type) => ({ kind: 'icmp' as const, type, span })),
);

// ---- blocks -------------------------------------------------------------------------------------------------------------

const flag = <Option extends string>(...kinds: Option[]): Arbitrary<FlagItem<Option>> =>
  fc.record({ kind: fc.constantFrom(...kinds), on: fc.boolean(), span: fc.constant(span) }) as Arbitrary<
    FlagItem<Option>
  >;

const dnsItem: Arbitrary<DnsItem> = fc.oneof(
  some(written(fc.constantFrom('1.1.1.1', '2606:4700::1111'))).map((values) => ({
    kind: 'dns' as const,
    values,
    span,
  })),
  some(written(fc.oneof(hostname, fc.constant('.')))).map((values) => ({ kind: 'dns-search' as const, values, span })),
  some(written(fc.constantFrom('ndots:2', 'rotate', 'use-vc'))).map((values) => ({
    kind: 'dns-option' as const,
    values,
    span,
  })),
);
const mtu = written(fc.integer({ min: 68, max: 65535 })).map((value) => ({ kind: 'mtu' as const, mtu: value, span }));

const interfaceItem: Arbitrary<InterfaceItem> = fc.record({
  kind: fc.constant('interface' as const),
  name: interfaceName,
  items: fc.array(
    fc.oneof(
      some(written(interfaceAddress)).map((addresses) => ({ kind: 'address' as const, addresses, span })),
      mtu,
    ),
    { maxLength: 3 },
  ),
  span: fc.constant(span),
});

const hostItem: Arbitrary<HostItem> = fc.oneof(
  interfaceItem,
  fc.record({
    kind: fc.constant('route' as const),
    destination: maybe(written(arbitraryPrefix)),
    via: written(arbitraryAddress),
    on: maybe(interfaceName),
    span: fc.constant(span),
  }),
  flag('ip-forward'),
  flag('icc'),
  flag('protect-host'),
  flag('loopback-publish'),
  flag('transit'),
  written(arbitraryAddress).map((value) => ({ kind: 'publish-address' as const, address: value, span })),
  written(arbitraryPorts).map((range) => ({ kind: 'auto-ports' as const, range, span })),
  dnsItem,
);

const host: Arbitrary<HostBlock> = fc.record({
  kind: fc.constant('host' as const),
  name: arbitraryName,
  items: fc.array(hostItem, { maxLength: 5 }),
  span: fc.constant(span),
});

const placement: Arbitrary<NetworkPlacement> = fc.record({
  host: arbitraryName,
  via: maybe(interfaceName),
  span: fc.constant(span),
});

const networkItem: Arbitrary<NetworkItem> = fc.oneof(
  interfaceName.map((bridge) => ({ kind: 'bridge' as const, name: bridge, span })),
  interfaceName.map((bridge) => ({ kind: 'switch' as const, name: bridge, span })),
  fc.tuple(interfaceName, interfaceName).map(([bridge, nic]) => ({ kind: 'physical' as const, bridge, nic, span })),
  interfaceName.map((nic) => ({ kind: 'macvlan' as const, nic, span })),
  some(written(interfaceAddress)).map((subnets) => ({ kind: 'subnet' as const, subnets, span })),
  some(written(arbitraryAddress)).map((addresses) => ({ kind: 'gateway' as const, addresses, span })),
  mtu,
  flag('icc'),
  flag('internal'),
  flag('masquerade'),
  flag('unmanaged'),
  written(fc.constantFrom('nat' as const, 'routed' as const, 'isolated' as const)).map((mode) => ({
    kind: 'gateway-mode' as const,
    mode,
    span,
  })),
  written(fc.integer({ min: 1, max: 4094 })).map((tag) => ({ kind: 'vlan' as const, tag, span })),
  written(fc.integer({ min: 1, max: 16777215 })).map((identifier) => ({ kind: 'vxlan' as const, identifier, span })),
  some(placement).map((placements) => ({ kind: 'placement' as const, placements, span })),
  fc.boolean().map((allowed) => ({ kind: 'spoofing' as const, allowed, span })),
  dnsItem,
);

const network: Arbitrary<NetworkBlock> = fc.record({
  kind: fc.constant('network' as const),
  name: arbitraryName,
  on: fc.array(placement, { maxLength: 2 }),
  items: fc.array(networkItem, { maxLength: 5 }),
  span: fc.constant(span),
});

const alias: Arbitrary<AliasItem> = fc.record({
  kind: fc.constant('alias' as const),
  names: some(name(hostname)),
  on: maybe(arbitraryName),
  span: fc.constant(span),
});

const attachOption: Arbitrary<AttachOption> = fc.oneof(
  interfaceName.map((veth) => ({ kind: 'port' as const, name: veth, span })),
  written(mac).map((value) => ({ kind: 'mac' as const, mac: value, span })),
  some(written(arbitraryAddress)).map((addresses) => ({ kind: 'gateway' as const, addresses, span })),
  alias,
);

const attach: Arbitrary<AttachItem> = fc.record({
  kind: fc.constant('attach' as const),
  network: arbitraryName,
  addresses: fc.array(written(arbitraryAddress), { maxLength: 3 }),
  options: fc.array(attachOption, { maxLength: 3 }),
  span: fc.constant(span),
});

const publication: Arbitrary<PublicationForm> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ kind: 'all' as const, span }) },
  {
    weight: 5,
    arbitrary: fc
      .record({
        hostAddress: maybe(written(arbitraryAddress)),
        hasHostPorts: fc.boolean(),
        ports: arbitraryPorts,
        start: portNumber,
        protocol,
      })
      .map(({ hostAddress, hasHostPorts, ports, start, protocol: chosen }) => {
        const length = ports.last - ports.first;
        const first = Math.min(start, 65535 - length);
        const hostPorts = hasHostPorts
          ? { value: { first: port(first), last: port(first + length) }, span }
          : undefined;
        const containerPorts = { value: ports, span };
        return { kind: 'ports' as const, hostAddress, hostPorts, containerPorts, protocol: chosen, span };
      }),
  },
);

const containerItem: Arbitrary<ContainerItem> = fc.oneof(
  { weight: 4, arbitrary: attach },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('host' as const, 'none' as const)
      .map((mode) => ({ kind: 'network-mode' as const, mode, container: undefined, span })),
  },
  {
    weight: 1,
    arbitrary: arbitraryName.map((container) => ({
      kind: 'network-mode' as const,
      mode: 'container' as const,
      container,
      span,
    })),
  },
  {
    weight: 2,
    arbitrary: some(fc.record({ ports: arbitraryPorts, protocol, span: fc.constant(span) })).map((ports) => ({
      kind: 'expose' as const,
      ports,
      span,
    })),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('publish' as const),
      publications: some(publication),
      from: maybe(some(subject)),
      span: fc.constant(span),
    }),
  },
  { weight: 1, arbitrary: name(hostname).map((value) => ({ kind: 'hostname' as const, hostname: value, span })) },
  { weight: 1, arbitrary: alias },
  { weight: 1, arbitrary: dnsItem },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('route' as const),
      destination: maybe(written(arbitraryPrefix)),
      via: written(arbitraryAddress),
      span: fc.constant(span),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('plumb' as const),
      interface: interfaceName,
      addresses: some(written(interfaceAddress)),
      via: maybe(written(arbitraryAddress)),
      network: arbitraryName,
      span: fc.constant(span),
    }),
  },
);

const container: Arbitrary<ContainerBlock> = fc.record({
  kind: fc.constant('container' as const),
  name: arbitraryName,
  on: maybe(arbitraryName),
  items: fc.array(containerItem, { maxLength: 5 }),
  span: fc.constant(span),
});

// ---- the other statements -----------------------------------------------------------------------------------------------

const zone: Arbitrary<ZoneStatement> = fc.record({
  kind: fc.constant('zone' as const),
  name: arbitraryName,
  members: some(fc.oneof(anySubject, literal)),
  on: maybe(interfaceName),
  span: fc.constant(span),
});
const group: Arbitrary<GroupStatement> = fc.record({
  kind: fc.constant('group' as const),
  name: arbitraryName,
  members: fc.array(subject, { minLength: 1, maxLength: 12 }),
  span: fc.constant(span),
});
const serviceStatement: Arbitrary<ServiceStatement> = fc.record({
  kind: fc.constant('service' as const),
  name: name(serviceName),
  items: some(service),
  span: fc.constant(span),
});
const link: Arbitrary<LinkStatement> = fc.record({
  kind: fc.constant('link' as const),
  from: arbitraryName,
  to: arbitraryName,
  alias: maybe(name(hostname)),
  span: fc.constant(span),
});
const flows = { from: some(subject), to: some(subject), services: fc.array(service, { maxLength: 3 }) };
const logText = fc.stringMatching(/^[ -!#-[\]-~]{1,64}$/).filter((text) => text.trim() !== '');
const access: Arbitrary<AccessStatement> = fc
  .record({
    kind: fc.constantFrom('allow' as const, 'deny' as const),
    ...flows,
    log: maybe(written(logText)),
    rejects: fc.boolean(),
  })
  .map(({ rejects, ...rest }) => ({ ...rest, reject: rejects && rest.kind === 'deny' ? span : undefined, span }));
const outcome: Arbitrary<ExpectedOutcome> = fc.oneof(
  fc.constantFrom('allowed' as const, 'blocked' as const, 'rejected' as const).map((kind) => ({ kind, span })),
  fc
    .tuple(arbitraryName, maybe(portService))
    .map(([reached, at]) => ({ kind: 'reaches' as const, container: reached, service: at, span })),
  written(arbitraryAddress).map((value) => ({ kind: 'leaves-as' as const, address: value, span })),
);
const expectation: Arbitrary<ExpectStatement> = fc.record({
  kind: fc.constant('expect' as const),
  ...flows,
  outcome,
  span: fc.constant(span),
});
const end = fc.record({ name: arbitraryName, address: written(arbitraryAddress) });
const connect: Arbitrary<ConnectStatement> = fc.record({
  kind: fc.constant('connect' as const),
  left: end,
  right: end,
  span: fc.constant(span),
});
const include: Arbitrary<IncludeStatement> = written(fc.constantFrom('zones.ctfw', '../shared/a b.ctfw')).map(
  (path) => ({
    kind: 'include',
    path,
    span,
  }),
);

export const arbitraryStatement: Arbitrary<Statement> = fc.oneof(
  host,
  zone,
  network,
  container,
  group,
  serviceStatement,
  link,
  access,
  expectation,
  connect,
  include,
);

/** A file of up to ten statements, without comments. */
export const arbitraryPolicyFile: Arbitrary<PolicyFile> = fc
  .array(arbitraryStatement, { maxLength: 10 })
  .map((statements) => ({ kind: 'file', source, statements, comments: [], span }));
