/** Results that rules leave open: orders that nobody knows, values that are not modelled, random choices. */
import { describe, expect, test } from 'vitest';
import { type Expression, meta, payload } from '../../src/ruleset/expression.ts';
import { accept, counter, drop, equals, type Statement } from '../../src/ruleset/statement.ts';
import { integer } from '../../src/ruleset/value.ts';
import { createSimulation, type SimulationOptions, type SimulationResult } from '../../src/simulator/simulation.ts';
import { baseChain, dnat, router, rule, table, udp } from './hosts.ts';

const dport = (value: number) => equals(payload('udp', 'dport'), integer(value));
const markIs = (value: number) => equals(meta('mark'), integer(value));
const setMark = (value: number): Statement => ({
  kind: 'assign',
  target: meta('mark'),
  value: { kind: 'constant', value: integer(value) },
});

/** The kinds of outcomes of each way, and of what is possible in unknown ones. */
function kinds({ ways }: SimulationResult): string[] {
  return ways.map(({ outcomes }) =>
    outcomes
      .map((outcome) =>
        outcome.kind === 'unknown' && outcome.possible !== undefined
          ? `unknown: ${outcome.possible
              .map((one) => one.map(({ kind }) => kind).join('+'))
              .sort()
              .join(' or ')}`
          : outcome.kind,
      )
      .join('+'),
  );
}

function sent(hosts: SimulationOptions['hosts'][number], port = 80): SimulationResult {
  return createSimulation({ hosts: [hosts] }).receive('host', 'eth0', udp('192.0.2.9', 1, '172.17.0.2', port));
}

describe('chains of one hook and priority', () => {
  const marking = table('first', [baseChain('marks', 'forward', 0, [rule(dport(80), setMark(1))])]);
  const dropping = table('second', [baseChain('drops', 'forward', 0, [rule(markIs(1), drop)])]);

  test('the last registered runs first where the order is known [4]', () => {
    expect(kinds(sent({ view: router, rulesets: [marking, dropping] }))).toEqual(['left']);
    expect(kinds(sent({ view: router, rulesets: [dropping, marking] }))).toEqual(['dropped']);
  });

  test('where it is not known, both orders are tried, and what differs is unknown', () => {
    const listed = { view: router, rulesets: [marking, dropping], chainOrder: 'unknown' } as const;
    expect(kinds(sent(listed))).toEqual(['unknown: dropped or left']);
    expect(kinds(sent(listed, 81))).toEqual(['left']);
  });

  test('which of two rules drops it makes no difference', () => {
    const both = ['one', 'two'].map((name) => table(name, [baseChain('drops', 'forward', 0, [rule(dport(80), drop)])]));
    expect(kinds(sent({ view: router, rulesets: both, chainOrder: 'unknown' }))).toEqual(['dropped']);
  });

  test('nat chains alike', () => {
    const to = (name: string, address: string) =>
      table(name, [baseChain('nat', 'prerouting', -100, [rule(dport(80), dnat(address, 8080))], { type: 'nat' })]);
    const rulesets = [to('one', '172.17.0.3'), to('two', '172.17.0.4')];
    expect(kinds(sent({ view: router, rulesets }))).toEqual(['left']);
    expect(kinds(sent({ view: router, rulesets, chainOrder: 'unknown' }))).toEqual(['unknown: left or left']);
    const alike = [to('one', '172.17.0.3'), to('two', '172.17.0.3')];
    expect(kinds(sent({ view: router, rulesets: alike, chainOrder: 'unknown' }))).toEqual(['left']);
  });

  test('other priorities keep their order', () => {
    const later = table('second', [baseChain('drops', 'forward', 1, [rule(markIs(1), drop)])]);
    const listed = { view: router, rulesets: [later, marking], chainOrder: 'unknown' } as const;
    expect(kinds(sent(listed))).toEqual(['dropped']);
  });
});

describe('what is not modelled', () => {
  const verdictOf = (statement: Statement) =>
    sent({
      view: router,
      rulesets: [table('f', [baseChain('f', 'forward', 0, [rule(statement, drop)])])],
    });

  test('a match that may or may not hold gives both outcomes', () => {
    const result = verdictOf({ kind: 'unknown', text: '-m recent --update', effect: 'match' });
    expect(kinds(result).sort()).toEqual(['dropped', 'left']);
    expect(result.ways.every(({ choices }) => choices.some((choice) => choice.startsWith('-m recent')))).toBe(true);
  });

  test('a value that no packet here has gives both outcomes', () => {
    expect(kinds(verdictOf(equals(meta('hour'), integer(8)))).sort()).toEqual(['dropped', 'left']);
  });

  test('a statement that may do anything makes the outcome unknown, with its rule and text', () => {
    const result = verdictOf({ kind: 'unknown', text: 'tproxy to :80', effect: 'effect' });
    expect(result.ways.flatMap(({ outcomes }) => outcomes)).toEqual([
      expect.objectContaining({
        kind: 'unknown',
        text: 'tproxy to :80',
        place: expect.objectContaining({ chain: 'f', index: 0 }),
      }),
    ]);
  });

  test('a concatenation that no element can hold whatever is unknown does not match', () => {
    const key: Expression = { kind: 'concat', parts: [meta('l4proto'), meta('hour')] };
    const element = (protocol: number) => ({
      value: { kind: 'concatenation', parts: [integer(protocol), integer(8)] } as const,
      origins: [],
    });
    const inSet = (protocol: number): Statement => ({
      kind: 'match',
      left: key,
      operator: '==',
      right: { kind: 'set', set: { kind: 'anonymous', elements: [element(protocol)] } },
    });
    expect(kinds(verdictOf(inSet(6)))).toEqual(['left']);
    expect(kinds(verdictOf(inSet(17))).sort()).toEqual(['dropped', 'left']);
  });
});

test('random choices give all their outcomes, and statements behind them run in each', () => {
  const random: Expression = { kind: 'numgen', mode: 'random', modulus: 3, offset: 0 };
  const rules = [rule(equals(random, integer(0)), drop), rule(counter, accept)];
  const rulesets = [table('f', [baseChain('f', 'forward', 0, rules)])];
  expect(kinds(sent({ view: router, rulesets })).sort()).toEqual(['dropped', 'left']);
});
