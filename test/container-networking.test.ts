/** The table of systems in the docs: every row has a scenario, and the judges that it names do speak of the scenario's packets. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../src/compile.ts';
import { planPolicy } from '../src/lab/plan-policy.ts';
import { policyTopology } from '../src/lab/policy-topology.ts';
import { emptyLock } from '../src/lock/lock.ts';
import { isSpread } from '../src/model/on-host.ts';
import { simulatedAgreement } from './support/simulated-agreement.ts';

const page = resolve(import.meta.dirname, '../docs/container-networking.md');

interface Row {
  readonly id: string;
  readonly scenarios: readonly string[];
  readonly judges: readonly string[];
}

const rows: readonly Row[] = readFileSync(page, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (id|system) \|/.test(line))
  .map((line) => {
    const cells = line.split(' | ').map((cell) => cell.replace(/^\||\|$/g, '').trim());
    const isNumbered = /^[HPNMCD]\d$/.test(cells[0] ?? '');
    const scenario = cells[isNumbered ? 2 : 1] ?? '';
    return {
      id: isNumbered ? (cells[0] ?? '') : 'several hosts',
      scenarios: [...scenario.matchAll(/\]\(([^)]+)\)/g)].map((match) => join(dirname(page), match[1] ?? '')),
      judges: cells.slice(isNumbered ? 3 : 2),
    };
  });

test('every system has a row', () => {
  const numbers = (letter: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
  const all = [
    ...numbers('H', 6),
    ...numbers('P', 6),
    ...numbers('N', 9),
    ...numbers('M', 5),
    ...numbers('C', 6),
    ...numbers('D', 2),
  ];
  expect(rows.map(({ id }) => id)).toEqual([...all.sort(byPage), 'several hosts']);
});

/** The order of the page. */
function byPage(left: string, right: string): number {
  const order = 'HPNMCD';
  return order.indexOf(left[0] ?? '') - order.indexOf(right[0] ?? '') || left.localeCompare(right);
}

describe.each(rows)('$id', ({ scenarios, judges }) => {
  const [meaning, simulator, lab] = judges;

  test('its scenarios are there', () => {
    expect(scenarios).not.toEqual([]);
    for (const path of scenarios) expect(existsSync(path), path).toBe(true);
  });

  if (meaning !== 'yes') return;
  test('each judge speaks of its packets', () => {
    for (const path of scenarios) {
      const text = readFileSync(join(dirname(path), 'policy.ctfw'), 'utf8');
      const read = (name: string) => ({ name, text: readFileSync(join(dirname(path), name), 'utf8') });
      const { compiled } = compile({ name: 'policy.ctfw', text }, read, emptyLock);
      const [first] = compiled;
      if (first === undefined) throw new Error(`${path} is not compiled`);
      expect(
        first.expectations.filter(({ kind }) => kind === 'holds'),
        path,
      ).not.toEqual([]);
      if (simulator === 'yes') {
        const { compared, problems } = simulatedAgreement(compiled, ({ ruleset }) => [ruleset], true, 40);
        expect(problems).toEqual([]);
        expect(compared).toBeGreaterThan(isSpread(first.policy) ? 60 : 20);
      }
      if (lab === 'yes')
        expect([...planPolicy(compiled, true, policyTopology(first.policy))].length, path).toBeGreaterThan(0);
    }
  });
});
