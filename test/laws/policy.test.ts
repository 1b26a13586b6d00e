/** Laws over random policies: what holds for every policy, whatever it says. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Compiled, compile } from '../../src/compile.ts';
import { formatFlow } from '../../src/expectations/evaluate.ts';
import { matrixFlows } from '../../src/expectations/matrix.ts';
import { universeOf } from '../../src/expectations/universe.ts';
import { emptyLock, type Lock } from '../../src/lock/lock.ts';
import { decide } from '../../src/policy/decide.ts';
import { meaningSets } from '../../src/policy/sets/meaning-sets.ts';
import { verdictBySets } from '../../src/policy/sets/membership.ts';
import { checkRuleset } from '../../src/ruleset/check/check-ruleset.ts';
import type { Ruleset } from '../../src/ruleset/ruleset.ts';
import { parsePolicy } from '../../src/syntax/parse.ts';
import { printPolicy } from '../../src/syntax/print.ts';
import { arbitraryHostsText } from '../support/arbitrary-hosts.ts';
import { arbitraryPolicyOfHosts, arbitraryPolicyText } from '../support/arbitrary-policy.ts';

function compiledOf(text: string, lock: Lock = emptyLock): { readonly compiled: Compiled; readonly lock: Lock } {
  const {
    compiled: [first],
    lock: needed,
  } = hostsOf(text, lock);
  if (first === undefined) throw new Error('no error, and no rules');
  return { compiled: first, lock: needed };
}

function hostsOf(
  text: string,
  lock: Lock = emptyLock,
): { readonly compiled: readonly Compiled[]; readonly lock: Lock } {
  const result = compile({ name: 'policy.ctfw', text }, () => ({ error: 'nothing is included' }), lock);
  const errors = result.diagnostics.filter(({ severity }) => severity === 'error');
  fc.pre(errors.length === 0);
  return { compiled: result.compiled, lock: result.lock };
}

test('the rules of a policy are such as a kernel takes', () => {
  const property = fc.property(fc.oneof(arbitraryPolicyText, arbitraryPolicyOfHosts), (text) => {
    for (const { ruleset } of hostsOf(text).compiled) expect(checkRuleset(ruleset)).toEqual([]);
  });
  fc.assert(property, { numRuns: 60 });
});

test.each([
  ['one host', arbitraryPolicyText],
  ['two hosts', fc.oneof(arbitraryHostsText, arbitraryPolicyOfHosts)],
] as const)(
  'the meaning as sets is the meaning by decide(), %s',
  (_, policies) => {
    const property = fc.property(policies, (text) => {
      for (const { meaning } of hostsOf(text).compiled) {
        const sets = meaningSets(meaning);
        for (const flow of matrixFlows(universeOf(meaning.atlas))) {
          expect(`${formatFlow(flow)} ${verdictBySets(sets, meaning.atlas, flow)}`).toBe(
            `${formatFlow(flow)} ${decide(meaning, flow).verdict}`,
          );
        }
      }
    });
    fc.assert(property, { numRuns: 10 });
  },
  120_000,
);

test('the order of statements has no meaning: the rules are the same but for lines, names of log chains and order in sets', () => {
  const property = fc.property(
    arbitraryPolicyText,
    fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
    (text, randoms) => {
      const { compiled, lock } = compiledOf(text);
      const { file } = parsePolicy({ name: 'policy.ctfw', text });
      const keyed = file.statements.map((statement) => ({ statement, key: randoms.next().value as number }));
      const shuffled = {
        ...file,
        statements: keyed.sort((left, right) => left.key - right.key).map(({ statement }) => statement),
      };
      const other = compiledOf(printPolicy(shuffled), lock).compiled;
      expect(canonical(other.ruleset)).toEqual(canonical(compiled.ruleset));
    },
  );
  fc.assert(property, { numRuns: 30 });
});

/** A ruleset without what the order of statements may change: origins, comments, order in sets, numbers of log chains. */
function canonical(ruleset: Ruleset): unknown {
  const text = JSON.stringify(ruleset, (key, value: unknown) => {
    if (key === 'origins' || key === 'comment') return undefined;
    if (key === 'prefix' && typeof value === 'string') return 'log prefix';
    if (typeof value === 'bigint') return `${value}`;
    if (key === 'elements' && Array.isArray(value)) return sortedByText(value);
    if ((key === 'chains' || key === 'sets' || key === 'maps') && Array.isArray(value))
      return sortedByText(value.filter((item: { name: string }) => !item.name.startsWith('deny-log-')));
    return value;
  });
  return JSON.parse(text.replaceAll(/deny-log-\d+/g, 'deny-log'));
}

function sortedByText(items: readonly unknown[]): readonly unknown[] {
  const plain = (item: unknown): string =>
    JSON.stringify(item, (key, value: unknown) =>
      key === 'origins' || key === 'comment' ? undefined : typeof value === 'bigint' ? `${value}` : value,
    );
  return [...items].sort((left, right) => (plain(left) < plain(right) ? -1 : 1));
}
