/** What every host promises, whether real or in memory: one suite for both. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nftablesInstaller, ownTables, rulesFile } from '../../../src/apply/install/nftables.ts';
import { baseAgain, baseOf, movedParts } from '../../../src/apply/plan/base.ts';
import { commandsOf, documentOf, withoutComment } from '../../../src/apply/transaction/commands.ts';
import { differenceOf } from '../../../src/apply/transaction/difference.ts';
import { tablesOfDocument } from '../../../src/apply/transaction/tables.ts';
import { emitJson } from '../../../src/backends/nftables/emit-json.ts';
import type { Json } from '../../../src/backends/nftables/json.ts';
import { asListed } from '../../../src/backends/nftables/listed.ts';
import { parseNftJson } from '../../../src/backends/nftables/parse-json.ts';
import { compile } from '../../../src/compile.ts';
import type { Host } from '../../../src/host/contract/host.ts';
import { emptyLock } from '../../../src/lock/lock.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { arbitraryPolicyText } from '../../support/arbitrary-policy.ts';

export interface HostUnderTest {
  readonly host: Host;
  readonly close: () => void;
}

type Open = () => Promise<HostUnderTest>;

const table = { family: 'inet', table: 't' };
const setup: readonly Json[] = [
  { add: { table: { family: 'inet', name: 't' } } },
  { add: { chain: { ...table, name: 'base', type: 'filter', hook: 'forward', prio: 0, policy: 'accept' } } },
  { add: { chain: { ...table, name: 'sub' } } },
  { add: { set: { ...table, name: 's', type: 'ipv4_addr', elem: ['192.0.2.1', '192.0.2.2'] } } },
  { add: { map: { ...table, name: 'm', type: 'inet_service', map: 'ipv4_addr', elem: [[80, '192.0.2.1']] } } },
  {
    add: {
      map: {
        ...table,
        name: 'v',
        type: 'ipv4_addr',
        map: 'verdict',
        elem: [['192.0.2.1', { jump: { target: 'sub' } }]],
      },
    },
  },
  {
    add: {
      rule: {
        ...table,
        chain: 'base',
        expr: [
          { match: { op: '==', left: { payload: { protocol: 'ip', field: 'saddr' } }, right: '@s' } },
          { accept: null },
        ],
      },
    },
  },
];

/** Commands after the setup, and whether the kernel takes them. */
const cases: readonly (readonly [name: string, taken: boolean, ...commands: Json[]])[] = [
  ['a table that is there', true, { add: { table: { family: 'inet', name: 't' } } }],
  ['a table that is not there cannot be deleted', false, { delete: { table: { family: 'inet', name: 'u' } } }],
  ['a chain in a table that is not there', false, { add: { chain: { family: 'inet', table: 'u', name: 'c' } } }],
  [
    'a base chain as it is',
    true,
    { add: { chain: { ...table, name: 'base', type: 'filter', hook: 'forward', prio: 0, policy: 'accept' } } },
  ],
  [
    'a base chain with another policy',
    true,
    { add: { chain: { ...table, name: 'base', type: 'filter', hook: 'forward', prio: 0, policy: 'drop' } } },
  ],
  [
    'a base chain at another hook',
    false,
    { add: { chain: { ...table, name: 'base', type: 'filter', hook: 'input', prio: 0, policy: 'accept' } } },
  ],
  ['a chain is deleted with its rules', true, { delete: { chain: { ...table, name: 'base' } } }],
  [
    'an emptied chain can',
    true,
    { flush: { chain: { ...table, name: 'base' } } },
    { delete: { chain: { ...table, name: 'base' } } },
  ],
  ['a chain that a map leads to cannot', false, { delete: { chain: { ...table, name: 'sub' } } }],
  [
    'but with the element',
    true,
    { delete: { element: { ...table, name: 'v', elem: [['192.0.2.1', { jump: { target: 'sub' } }]] } } },
    { delete: { chain: { ...table, name: 'sub' } } },
  ],
  ['a set in use cannot be deleted', false, { delete: { set: { ...table, name: 's' } } }],
  [
    'a set whose user was emptied can',
    true,
    { flush: { chain: { ...table, name: 'base' } } },
    { delete: { set: { ...table, name: 's' } } },
  ],
  [
    'and come back as another',
    true,
    { flush: { chain: { ...table, name: 'base' } } },
    { delete: { set: { ...table, name: 's' } } },
    { add: { set: { ...table, name: 's', type: 'inet_service' } } },
  ],
  ['a set of another type under the same name', false, { add: { set: { ...table, name: 's', type: 'inet_service' } } }],
  ['an element that is there', true, { add: { element: { ...table, name: 's', elem: ['192.0.2.1'] } } }],
  ['which cannot be created', false, { create: { element: { ...table, name: 's', elem: ['192.0.2.1'] } } }],
  ['one that is not can', true, { create: { element: { ...table, name: 's', elem: ['192.0.2.7'] } } }],
  [
    'deleting an element that is not there',
    false,
    { delete: { element: { ...table, name: 's', elem: ['192.0.2.7'] } } },
  ],
  [
    'an element of a map with other data',
    false,
    { add: { element: { ...table, name: 'm', elem: [[80, '192.0.2.9']] } } },
  ],
  ['with the same data', true, { add: { element: { ...table, name: 'm', elem: [[80, '192.0.2.1']] } } }],
  [
    'deleted before',
    true,
    { delete: { element: { ...table, name: 'm', elem: [[80, '192.0.2.1']] } } },
    { add: { element: { ...table, name: 'm', elem: [[80, '192.0.2.9']] } } },
  ],
  ['an element of a set that is not there', false, { add: { element: { ...table, name: 'x', elem: ['192.0.2.1'] } } }],
  [
    'a rule with a set that is not there',
    false,
    {
      add: {
        rule: {
          ...table,
          chain: 'base',
          expr: [
            { match: { op: '==', left: { payload: { protocol: 'ip', field: 'saddr' } }, right: '@x' } },
            { drop: null },
          ],
        },
      },
    },
  ],
  [
    'a jump to a chain that is not there',
    false,
    { add: { rule: { ...table, chain: 'base', expr: [{ jump: { target: 'x' } }] } } },
  ],
  [
    'a jump in a circle',
    false,
    { add: { rule: { ...table, chain: 'base', expr: [{ jump: { target: 'sub' } }] } } },
    { add: { rule: { ...table, chain: 'sub', expr: [{ jump: { target: 'sub' } }] } } },
  ],
  ['a rule in a chain that is not there', false, { add: { rule: { ...table, chain: 'x', expr: [{ accept: null }] } } }],
  ['a name of 256 characters', false, { add: { chain: { ...table, name: 'x'.repeat(256) } } }],
  ['flushing a set', true, { flush: { set: { ...table, name: 's' } } }],
  ['flushing a chain that is not there', false, { flush: { chain: { ...table, name: 'x' } } }],
  ['flushing a table', true, { flush: { table: { family: 'inet', name: 't' } } }],
];

export function hostContract(name: string, open: Open, randomRuns: number): void {
  const withHost = async (use: (host: Host) => Promise<void>): Promise<void> => {
    const { host, close } = await open();
    try {
      await use(host);
    } finally {
      close();
    }
  };

  test.each(cases)(`${name}: %s (taken: %s)`, (_, taken, ...commands) =>
    withHost(async (host) => {
      expect(await host.runNftables(documentOf(setup), 'apply')).toEqual({ kind: 'done' });
      const before = await listed(host, 't');
      const document = documentOf(commands);
      expect((await host.runNftables(document, 'check')).kind).toBe(taken ? 'done' : 'refused');
      expect(await listed(host, 't')).toEqual(before);
      expect((await host.runNftables(document, 'apply')).kind).toBe(taken ? 'done' : 'refused');
      if (!taken) expect(await listed(host, 't')).toEqual(before);
    }),
  );

  test(`${name}: a document that is refused in its last command does nothing at all`, () =>
    withHost(async (host) => {
      const result = await host.runNftables(
        documentOf([...setup, { delete: { table: { family: 'inet', name: 'u' } } }]),
        'apply',
      );
      expect(result.kind).toBe('refused');
      expect(await host.listTable({ family: 'inet', name: 't' })).toEqual({ kind: 'read', value: undefined });
    }));

  test(`${name}: settings are read and written`, () =>
    withHost(async (host) => {
      expect(await host.setSysctl('net.ipv4.ip_forward', '1')).toEqual({ kind: 'done' });
      expect(await host.sysctl('net.ipv4.ip_forward')).toEqual({ kind: 'read', value: '1' });
      expect(await host.sysctl('net.ipv4.no_such_thing')).toEqual({ kind: 'read', value: undefined });
      expect((await host.read()).view.sysctls['net.ipv4.ip_forward']).toBe('1');
    }));

  test(`${name}: iptables tables are restored one by one, each whole or not at all`, () =>
    withHost(async (host) => {
      const good = '*filter\n:OURS - [0:0]\n-A OURS -j DROP\n-I FORWARD -j OURS\nCOMMIT\n';
      expect(await host.restoreIptables('iptables-nft', good, 'apply')).toEqual({ kind: 'done' });
      expect(
        (
          await host.restoreIptables(
            'iptables-nft',
            '*filter\n-A OURS -j ACCEPT\n-A NOWHERE -j DROP\nCOMMIT\n',
            'apply',
          )
        ).kind,
      ).toBe('refused');
      const saved = await host.saveIptables('iptables-nft');
      if (saved.kind !== 'read') throw new Error(saved.message);
      expect(saved.value.split('\n').filter((line) => line.startsWith('-A'))).toEqual([
        '-A FORWARD -j OURS',
        '-A OURS -j DROP',
      ]);
      const { rulesets } = await host.read();
      expect(rulesets.some(({ file }) => file === 'rules.v4')).toBe(true);
    }));

  test(`${name}: a watch tells of every change of rules, of whatever tool, and of nothing that was only tried`, () =>
    withHost(async (host) => {
      await host.runNftables(documentOf(setup), 'apply');
      const element = [{ add: { element: { ...table, name: 's', elem: ['192.0.2.7'] } } }];
      const changes: readonly (() => Promise<unknown>)[] = [
        () => host.runNftables(documentOf(element), 'apply'),
        () => host.runNftables(documentOf([{ delete: { table: { family: 'inet', name: 't' } } }]), 'apply'),
        () => host.restoreIptables('iptables-nft', '*filter\n:OURS - [0:0]\n-A OURS -j DROP\nCOMMIT\n', 'apply'),
      ];
      for (const change of changes) {
        const watch = await host.watchRules();
        if (watch === undefined) throw new Error('nobody can watch');
        try {
          await host.runNftables(documentOf([{ delete: { table: { family: 'inet', name: 'none' } } }]), 'apply');
          await host.runNftables(documentOf([{ add: { table: { family: 'inet', name: 'tried' } } }]), 'check');
          expect(await watch.isQuiet()).toBe(true);
          await change();
          expect(await watch.isQuiet()).toBe(false);
          expect(await watch.isQuiet()).toBe(false); // and it stays so
        } finally {
          await watch.close();
        }
        expect(await watch.isQuiet().catch(() => false)).toBe(false);
      }
    }));

  test(`${name}: beside the rules everything is read again`, () =>
    withHost(async (host) => {
      await host.runNftables(documentOf(setup), 'apply');
      await host.setSysctl('net.ipv4.ip_forward', '0');
      const earlier = await host.read();
      expect(baseOf((await host.readBesideRules(earlier)) ?? earlier)).toEqual(baseOf(earlier));
      await host.setSysctl('net.ipv4.ip_forward', '1');
      const again = await host.readBesideRules(earlier);
      expect(again?.view.sysctls['net.ipv4.ip_forward']).toBe('1');
      expect(again?.rulesets).toEqual(earlier.rulesets);
      expect(baseAgain(baseOf(earlier), again ?? earlier)).toEqual(baseOf(await host.read()));
    }));

  test(`${name}: elements that are given apart are compared as they are when they are read`, async () => {
    const property = fc.asyncProperty(arbitraryPolicyText, fc.nat(), async (text, which) => {
      const document = emitted(text);
      fc.pre(document !== undefined);
      if (document === undefined) return;
      await withHost(async (host) => {
        const loaded = { generation: 1, suffix: '' };
        const installed = { artifact: { target: 'nftables' as const, files: { [rulesFile]: document } }, loaded };
        const comparison = nftablesInstaller.comparison(host, installed);
        const read = () => host.read({ elementsApart: { tables: ownTables, moreThan: 0 } });
        expect(await host.runNftables(document, 'apply')).toEqual({ kind: 'done' });
        const whole = await read();
        const elements = (whole.elementsApart ?? []).flatMap((one) => one.elements);
        expect(whole.rulesets.flatMap(({ ruleset }) => elementsIn(ruleset))).toEqual([]);
        expect((await host.read()).rulesets.flatMap(({ ruleset }) => elementsIn(ruleset)).length).toBe(elements.length);
        expect(await comparison(whole)).toEqual({ kind: 'same' });
        expect(await nftablesInstaller.verify(host, installed)).toEqual({ kind: 'same' });
        // one element less, by somebody's hand
        const candidates = (whole.elementsApart ?? []).flatMap((one) =>
          one.elements.map((element) => ({ one, element })),
        );
        const gone = candidates[which % Math.max(1, candidates.length)];
        if (gone === undefined) return;
        const [family = '', name = ''] = gone.one.table.split(' ');
        const elem = [withoutComment(gone.element)];
        const removal = documentOf([{ delete: { element: { family, table: name, name: gone.one.name, elem } } }]);
        if ((await host.runNftables(removal, 'apply')).kind !== 'done') return; // a part of a merged interval
        const less = await read();
        expect((await comparison(less)).kind).toBe('differs');
        expect(baseOf(less).hash).not.toBe(baseOf(whole).hash);
        expect(movedParts(baseOf(whole), baseOf(less))).toEqual([`table nftables ${gone.one.table}`]);
      });
    });
    await fc.assert(property, { numRuns: Math.ceil(randomRuns / 2) });
  });

  test(`${name}: the least transaction between two policies makes what loading the second makes`, async () => {
    const property = fc.asyncProperty(arbitraryPolicyText, arbitraryPolicyText, async (left, right) => {
      const [before, after] = [emitted(left), emitted(right)];
      fc.pre(before !== undefined && after !== undefined);
      if (before === undefined || after === undefined) return;
      await withHost(async (host) => {
        expect(await host.runNftables(before, 'apply')).toEqual({ kind: 'done' });
        const change = commandsOf(differenceOf(tablesOfDocument(before), tablesOfDocument(after)));
        expect(await host.runNftables(documentOf(change), 'apply')).toEqual({ kind: 'done' });
        const changed = await everything(host);
        expect(await host.runNftables(after, 'apply')).toEqual({ kind: 'done' });
        expect(changed).toEqual(await everything(host));
      });
    });
    await fc.assert(property, { numRuns: randomRuns });
  });
}

function elementsIn({ tables }: Ruleset): readonly unknown[] {
  return tables.flatMap(({ sets, maps }) => [...sets, ...maps].flatMap(({ elements }): readonly unknown[] => elements));
}

function emitted(text: string): string | undefined {
  const result = compile({ name: 'policy.ctfw', text }, () => ({ error: 'nothing is included' }), emptyLock);
  const ruleset = result.compiled[0]?.ruleset;
  return ruleset === undefined ? undefined : emitJson(ruleset);
}

async function listed(host: Host, name: string): Promise<unknown> {
  const listing = await host.listTable({ family: 'inet', name });
  return listing.kind === 'read' && listing.value !== undefined ? comparable(listing.value) : listing;
}

async function everything(host: Host): Promise<unknown> {
  const tables = [
    { family: 'inet', name: 'ctfw' },
    { family: 'bridge', name: 'ctfw' },
  ];
  const listings = await Promise.all(tables.map((one) => host.listTable(one)));
  return listings.map((listing) =>
    listing.kind === 'read' && listing.value !== undefined ? comparable(listing.value) : listing,
  );
}

/** Comments of what did not change stay as they were, and sets and chains are listed in the order in which they were made. */
function comparable(listing: string): string {
  const { ruleset } = parseNftJson(listing, 'listing');
  const tables = asListed(ruleset).tables.map((one) => ({
    ...one,
    chains: [...one.chains].sort(byName),
    sets: [...one.sets].sort(byName),
    maps: [...one.maps].sort(byName),
  }));
  return JSON.stringify(tables, (key, value) =>
    typeof value === 'bigint' ? `${value}` : key === 'origins' || key === 'comment' ? undefined : value,
  );
}

function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return left.name < right.name ? -1 : 1;
}
