/** Rules with chains of one priority, of which no listing tells the order [4]: what changes in every order is a change, what depends on the order is told as resting on it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { meta, payload, withBits } from '../../../src/ruleset/expression.ts';
import type { Rule, Ruleset } from '../../../src/ruleset/ruleset.ts';
import { drop, equals, type Statement } from '../../../src/ruleset/statement.ts';
import { integer } from '../../../src/ruleset/value.ts';
import { firstPacket, replay, untouchedHost } from '../../../src/verifier/proof/replay.ts';
import { anywhere } from '../../../src/verifier/proof/whereabouts.ts';
import { compareRules, endsText, type FlowChange } from '../../../src/verifier/verifier.ts';
import { baseChain, rule, table } from '../../simulator/hosts.ts';
import { arbitraryPacket, arbitrarySmallRuleset, nat, smallAddress, smallView } from '../small-universe.ts';

const dport = (value: number): Statement => equals(payload('udp', 'dport'), integer(value));
const marks: Statement = { kind: 'assign', target: meta('mark'), value: withBits(meta('mark'), integer(1)) };
const marked = equals(meta('mark'), integer(1));

const forward = (name: string, ...rules: readonly Rule[]): Ruleset =>
  table(name, [baseChain('c', 'forward', 0, rules)]);
const marksFive = forward('marks', rule(dport(5), marks));
const dropsMarked = forward('drops', rule(marked, drop));

const line = ({ kind, packets, services, before, after, restsOn }: FlowChange): string =>
  `${packets}: ${kind} ${services.join(', ')} (${before} -> ${after})${restsOn.length === 0 ? '' : ` by ${restsOn.join(', ')}`}`;

const changes = (before: readonly Ruleset[], after: readonly Ruleset[]): readonly FlowChange[] =>
  compareRules(smallView, before, after).changes;

/** Of IPv4, first packets from one outside to another: the mark of a packet that comes in is nobody's. */
const first = (before: readonly Ruleset[], after: readonly Ruleset[]): readonly string[] =>
  changes(before, after)
    .filter(({ packets, families }) => packets === 'first packets' && families.includes('ipv4'))
    .map(line);

test('the same rules, listed in another order: nothing', () => {
  expect(first([marksFive, dropsMarked], [dropsMarked, marksFive])).toEqual([]);
});

test('a chain that closes what nobody marks closes it in every order', () => {
  const dropsSeven = forward('more', rule(dport(7), drop));
  expect(first([marksFive], [marksFive, dropsSeven])).toEqual(['first packets: closes 7/udp (delivered -> blocked)']);
});

test('a chain that drops what another one marks may close it', () => {
  const told = first([marksFive], [marksFive, dropsMarked]);
  expect(told).toContain(
    'first packets: may-close 5/udp marked 0x0/0xffffffff (delivered, or not known -> blocked, or not known) by forward: inet drops c first',
  );
  expect(told.filter((text) => text.includes(': closes') && text.includes('5/udp'))).toEqual([]);
  const back = first([marksFive, dropsMarked], [marksFive]);
  expect(back).toContain(
    'first packets: may-open 5/udp marked 0x0/0xffffffff (blocked, or not known -> delivered, or not known) by forward: inet drops c first',
  );
});

test('an example that depends on the order is not told as seen', () => {
  const [may] = changes([marksFive], [marksFive, dropsMarked]).filter(({ kind }) => kind === 'may-close');
  expect(may?.example).toMatchObject({
    before: { kind: 'delivered' },
    after: { kind: 'unknown' },
    confirmed: undefined,
  });
});

test('translations that depend on the order may change', () => {
  const translates = (name: string, to: number): Ruleset =>
    table(name, [
      baseChain(
        'n',
        'prerouting',
        -100,
        [rule(equals(meta('l4proto'), integer(17)), dport(5), nat('dnat', to, undefined))],
        {
          type: 'nat',
        },
      ),
    ]);
  const [one, other] = [translates('one', 10), translates('other', 11)];
  expect(first([one, other], [other, one])).toEqual([]);
  const told = changes([one], [one, other]).filter(
    ({ packets, families }) => packets === 'first packets' && families.includes('ipv4'),
  );
  expect(new Set(told.map(({ kind }) => kind))).toEqual(new Set(['uncertain']));
  expect(told.map(line)).toContain(
    'first packets: uncertain 5/udp (reaches 10.0.0.10 -> reaches 10.0.0.11) by nat prerouting: inet one n first',
  );
  // Elsewhere in every order.
  const sure = changes([translates('third', 12)], [one, other]).filter(
    ({ packets, families }) => packets === 'first packets' && families.includes('ipv4'),
  );
  expect(new Set(sure.map(({ kind }) => kind))).toEqual(new Set(['translates']));
  expect(sure.map(({ after }) => after)).toEqual(expect.arrayContaining(['reaches 10.0.0.10', 'reaches 10.0.0.11']));
});

test('of too many chains nothing is said, unless all is as it was', () => {
  const many = [1, 2, 3].map((number) => forward(`empty${number}`));
  const all = [...many, marksFive, dropsMarked];
  expect(first(all, [...all].reverse())).toEqual([]);
  const [told] = changes(all, [...many, forward('marks'), dropsMarked]).filter(
    ({ packets, families }) => packets === 'first packets' && families.includes('ipv4'),
  );
  expect(told).toMatchObject({ kind: 'uncertain', restsOn: ['forward: the order of 5 chains of one priority'] });
});

const renamed = (name: string, { tables }: Ruleset): Ruleset => ({
  tables: tables.map((one) => ({ ...one, name: `${name}-${one.name}` })),
});

test('random rules of two tables: what is told holds in every order of registration, or in some', {
  timeout: 120_000,
}, () => {
  const sent = fc.array(arbitraryPacket, { minLength: 6, maxLength: 12 });
  const property = fc.property(
    arbitrarySmallRuleset,
    arbitrarySmallRuleset,
    arbitrarySmallRuleset,
    sent,
    (common, old, now, packets) => {
      const [shared, was, is] = [
        renamed('a', withoutSourceNat(common)),
        renamed('b', withoutSourceNat(old)),
        renamed('b', withoutSourceNat(now)),
      ];
      const fates = (packet: Parameters<typeof firstPacket>[0], change: Ruleset): readonly boolean[] =>
        [
          [shared, change],
          [change, shared],
        ].map(
          (rulesets) =>
            replay({ view: smallView, isBehind: anywhere, untouched: untouchedHost(smallView, { rulesets }) }, [
              firstPacket(packet, true),
            ]).fate.kind === 'delivered',
        );
      const told = compareRules(smallView, [shared, was], [shared, is], { mostReplays: 0 }).changes.filter(
        ({ packets: of }) => of === 'first packets',
      );
      for (const { kind, example, from, to } of told) {
        const [before, after] = [fates(example.packet, was), fates(example.packet, is)];
        const what = `${kind} ${endsText(from, 'anyone')} -> ${endsText(to, 'anywhere')} ${before} ${after}`;
        if (kind === 'opens') expect([what, ...before, ...after]).toEqual([what, false, false, true, true]);
        if (kind === 'closes') expect([what, ...before, ...after]).toEqual([what, true, true, false, false]);
        if (kind === 'translates') expect([what, ...before, ...after]).toEqual([what, true, true, true, true]);
        if (kind === 'may-open' || kind === 'may-close') expect(what + before).not.toBe(what + after);
      }
      if (told.length > 0) return;
      for (const { device, source, destination, sourcePort, destinationPort } of packets) {
        const input = {
          source: smallAddress(source),
          destination: smallAddress(destination),
          protocol: 17,
          sourcePort,
          destinationPort,
        };
        // Delivered or not: the answer of a reject may be dropped on its way.
        const ends = (change: Ruleset): readonly boolean[] =>
          [
            [shared, change],
            [change, shared],
          ].map(
            (rulesets) =>
              replay({ view: smallView, isBehind: anywhere, untouched: untouchedHost(smallView, { rulesets }) }, [
                { device, packet: input },
              ]).fate.kind === 'delivered',
          );
        if (device === undefined || isForged(device, source)) continue;
        expect(ends(is)).toEqual(ends(was));
      }
    },
  );
  fc.assert(property, { numRuns: Number(process.env.CTFW_ORDER_RUNS ?? 60) });
});

/** Which port the kernel chooses where it translates a source is left open by the run over sets, not by the simulator. */
function withoutSourceNat({ tables }: Ruleset): Ruleset {
  const isSourceNat = ({ base }: Ruleset['tables'][number]['chains'][number]): boolean =>
    base?.type === 'nat' && base.hook === 'postrouting';
  return { tables: tables.map((one) => ({ ...one, chains: one.chains.filter((chain) => !isSourceNat(chain)) })) };
}

function isForged(device: string, source: number): boolean {
  return device !== (source < 4 ? 'eth0' : source < 8 ? 'eth1' : 'eth2');
}
