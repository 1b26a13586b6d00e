/** Who reaches whom: what a policy means and what its rules do is told in the same lines, whatever kinds of networks there are. */
import { expect, test } from 'vitest';
import { compile } from '../../../src/compile.ts';
import { emptyLock } from '../../../src/lock/lock.ts';
import { compiledRules } from '../../../src/proving/emitted-rules.ts';
import { completedView, type Reach, reachOf } from '../../../src/verifier/verifier.ts';
import { fixturesOf, includeReader } from '../../support/fixtures.ts';

const scenarios = [
  'c1-wire-between-containers',
  'c1-wire-to-the-host',
  'c2-macvlan',
  'c2-physical',
  'c2-physical-icc-off',
  'c6-overlay',
  'm4-plumbed-by-hand',
  'p1-icc-on',
];

for (const fixture of fixturesOf('valid').filter(({ name }) => scenarios.includes(name)))
  test(`${fixture.name}: the policy and its rules give one answer`, () => {
    for (const compiled of compile(fixture.policy, includeReader(fixture), emptyLock).compiled) {
      const { meaning } = compiled;
      const view = completedView(meaning);
      const meant = reachOf(view, { kind: 'policy', meaning });
      expect(meant.length).toBeGreaterThan(0);
      const done = reachOf(view, { kind: 'rules', meaning, rulesets: compiledRules(compiled, 'nft') });
      expect(lines(done)).toEqual(lines(meant));
    }
  });

test('machines and containers of a LAN have lines of their own', () => {
  const fixture = fixturesOf('valid').find(({ name }) => name === 'c2-physical');
  if (fixture === undefined) throw new Error('no fixture');
  const [compiled] = compile(fixture.policy, includeReader(fixture), emptyLock).compiled;
  if (compiled === undefined) throw new Error('it does not compile');
  const { meaning } = compiled;
  const ask = (from: string, to: string): readonly Reach[] =>
    reachOf(
      completedView(meaning),
      { kind: 'policy', meaning },
      {
        from: { kind: 'place', name: from },
        to: { kind: 'place', name: to },
        services: [{ protocol: 6, ports: { first: 5432, last: 5432 }, icmpType: undefined }],
      },
    );
  expect(ask('office', 'cam')).toHaveLength(1);
  expect(ask('cam', 'office')).toHaveLength(1);
  expect(ask('db', 'cam')).toEqual([]);
  expect(ask('office', 'box').map(({ arrives }) => arrives)).toEqual(['reaches db (172.17.0.3) port 5432']);
});

function lines(reach: readonly Reach[]): readonly string[] {
  return reach
    .map(({ families, from, to, services, arrives }) => JSON.stringify([families, from, to, services, arrives]))
    .sort();
}
