import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostView } from '../../src/host-view/host-view.ts';
import { formatHostView, hostViewToJson, parseHostView } from '../../src/host-view/json.ts';
import { type Address, addressBits, type Family, maximumValue } from '../../src/net/address.ts';
import { parseMac } from '../../src/net/mac.ts';
import { prefixOf } from '../../src/net/prefix.ts';

const family = fc.constantFrom<Family>('ipv4', 'ipv6');
const addressOf = (of: Family): fc.Arbitrary<Address> =>
  fc.bigInt({ min: 0n, max: maximumValue(of) }).map((value) => ({ family: of, value }));
const address = family.chain(addressOf);
const interfaceAddress = address.chain((value) =>
  fc.integer({ min: 0, max: addressBits(value.family) }).map((length) => ({ address: value, length })),
);
const prefix = interfaceAddress.map((value) => prefixOf(value.address, value.length));
const mac = fc
  .array(fc.integer({ min: 0, max: 255 }), { minLength: 6, maxLength: 6 })
  .map((octets) => parseMac(octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':')))
  .filter((value) => value !== undefined);
const name = fc.string({ minLength: 1, maxLength: 15 });
const number32 = fc.integer({ min: 0, max: 0xffff_ffff });
const perhaps = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const vlan = fc.oneof(
  fc.record({ kind: fc.constant('access' as const), tag: fc.integer({ min: 0, max: 4095 }) }),
  fc.record({
    kind: fc.constant('trunk' as const),
    tags: fc.oneof(fc.constant('all' as const), fc.array(fc.integer({ min: 0, max: 4095 }), { maxLength: 3 })),
  }),
);

const hostView: fc.Arbitrary<HostView> = fc.record({
  source: fc.constantFrom('declared' as const, 'gathered' as const),
  name,
  interfaces: fc.array(
    fc.record(
      {
        name,
        kind: fc.constantFrom('loopback' as const, 'ethernet' as const, 'bridge' as const, 'vxlan' as const),
        mac: perhaps(mac),
        mtu: number32,
        up: fc.boolean(),
        addresses: fc.array(
          fc
            .tuple(
              interfaceAddress,
              fc.constantFrom('universe' as const, 'link' as const, 'host' as const),
              fc.boolean(),
            )
            .map(([held, scope, deprecated]) => ({ ...held, scope, deprecated })),
          { maxLength: 3 },
        ),
        bridgePort: perhaps(
          fc.record(
            { bridge: name, hairpin: fc.boolean(), isolated: fc.boolean(), vlan },
            { requiredKeys: ['bridge', 'hairpin', 'isolated'] },
          ),
        ),
        tunnel: fc.record({
          identifier: fc.integer({ min: 0, max: 0xff_ffff }),
          port: fc.integer({ min: 0, max: 65535 }),
          local: perhaps(address),
          remotes: fc.array(address, { maxLength: 2 }),
        }),
      },
      { requiredKeys: ['name', 'kind', 'mac', 'mtu', 'up', 'addresses', 'bridgePort'] },
    ),
    { maxLength: 4 },
  ),
  routes: fc.array(
    fc.record(
      {
        destination: prefix,
        via: perhaps(address),
        interface: perhaps(name),
        kind: fc.constantFrom('unicast' as const, 'unreachable' as const, 'prohibit' as const, 'blackhole' as const),
        metric: number32,
        table: name,
        preferredSource: address,
      },
      { requiredKeys: ['destination', 'via', 'interface', 'kind', 'metric', 'table'] },
    ),
    { maxLength: 4 },
  ),
  rules: fc.array(
    fc.record({
      priority: number32,
      mark: perhaps(fc.record({ value: number32, mask: number32 })),
      source: perhaps(prefix),
      table: name,
    }),
    { maxLength: 3 },
  ),
  neighbours: perhaps(fc.array(fc.record({ address, interface: name, mac }), { maxLength: 3 })),
  sysctls: fc.dictionary(fc.stringMatching(/^net\.[a-z0-9_.]{1,20}$/), fc.string()),
  capabilities: fc.record({ brNetfilter: fc.boolean(), bridgeConntrack: fc.boolean(), bridgeName: fc.boolean() }),
});

describe('host views as JSON', () => {
  test('what is written is read back as it was', () => {
    fc.assert(
      fc.property(hostView, (view) => {
        const read = parseHostView(formatHostView(view));
        expect(read).toEqual({ kind: 'read', value: view });
      }),
    );
  });

  const small: HostView = {
    source: 'gathered',
    name: 'edge',
    interfaces: [],
    routes: [],
    rules: [],
    neighbours: undefined,
    sysctls: {},
    capabilities: { brNetfilter: true, bridgeConntrack: false, bridgeName: false },
  };
  const problemsOf = (change: (document: Record<string, unknown>) => unknown): readonly string[] => {
    const document = structuredClone(hostViewToJson(small)) as Record<string, unknown>;
    const read = parseHostView(JSON.stringify(change(document) ?? document));
    return read.kind === 'unreadable' ? read.problems : [];
  };

  test.each<[string, (document: Record<string, unknown>) => unknown, RegExp]>([
    [
      'another version',
      (document) => Object.assign(document, { formatVersion: '2.0' }),
      /format version 2\.0.*reads 1\.0/,
    ],
    ['another kind', (document) => Object.assign(document, { kind: 'rules' }), /kind: should be one of host-view/],
    ['an unknown key', (document) => Object.assign(document, { colour: 1 }), /unknown key `colour`/],
    ['a missing part', (document) => Object.assign(document, { routes: undefined }), /has no `routes`/],
    ['a list that is none', (document) => Object.assign(document, { routes: {} }), /routes: should be a list/],
    ['no object at all', () => [1], /should be an object/],
    [
      'an address that is none, with its place',
      (document) =>
        Object.assign(document, { neighbours: [{ address: '1.2.3', interface: 'a', mac: '02:00:00:00:00:01' }] }),
      /^neighbours\[0\]\.address: should be an IP address$/,
    ],
    [
      'a metric that is no number',
      (document) =>
        Object.assign(document, {
          routes: [{ destination: '10.0.0.0/8', kind: 'unicast', metric: '5', table: 'main' }],
        }),
      /^routes\[0\]\.metric: should be a whole number/,
    ],
  ])('%s is refused', (_, change, message) => {
    expect(problemsOf(change)).toEqual(expect.arrayContaining([expect.stringMatching(message)]));
  });

  test('a text that is no JSON is refused with the place', () => {
    expect(parseHostView('{"a":')).toMatchObject({
      kind: 'unreadable',
      problems: [expect.stringMatching(/^This is not JSON/)],
    });
  });

  test('thousands of mistakes are not told one by one', () => {
    expect(problemsOf((document) => Object.assign(document, { routes: new Array(5000).fill(1) })).length).toBe(20);
  });
});
