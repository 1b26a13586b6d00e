/** What comes out of a tunnel for somebody behind the same tunnel: no bridge sends that back, so it is no packet to judge. */
import { expect, test } from 'vitest';
import { compile } from '../../../src/compile.ts';
import { emptyLock } from '../../../src/lock/lock.ts';
import { toTunnelEnds } from '../../../src/policy/decide.ts';
import { MeantFamily } from '../../../src/verifier/proof/meant-family.ts';
import { proofSpace, proofSubject } from '../../../src/verifier/proof/prove.ts';
import { empty } from '../../../src/verifier/sets/diagrams.ts';
import { address } from '../../simulator/hosts.ts';
import { fixturesOf, includeReader } from '../../support/fixtures.ts';
import { emitted } from '../support.ts';

test('first packets', () => {
  const overlay = fixturesOf('valid').find(({ name }) => name === 'c6-overlay');
  if (overlay === undefined) throw new Error('the scenario of overlays is gone');
  const { compiled } = compile(overlay.policy, includeReader(overlay), emptyLock);
  expect(compiled.map(({ host }) => host.name)).toEqual(['a', 'b']);
  const [here] = compiled;
  if (here === undefined) return;
  const subject = proofSubject(toTunnelEnds(here.meaning));
  const space = proofSpace(subject, 'ipv4', [emitted(here)]);
  const { first } = new MeantFamily(space, subject.meaning, subject.sets);
  const { diagrams } = space;
  const there = diagrams.intersectAll(
    first,
    space.originsWhere(({ device }) => device === 'vxlan43'),
    space.address('source', address('10.33.0.3')),
  );
  expect(diagrams.intersect(there, space.address('destination', address('10.33.0.2')))).not.toBe(empty);
  expect(diagrams.intersect(there, space.address('destination', address('10.33.0.3')))).toBe(empty);
});
