/** Connections that have to go: one more attempt, then it is said. */
import { expect, test } from 'vitest';
import { removeConnections } from '../../../src/apply/engine/connections.ts';
import type { ConnectionChange } from '../../../src/apply/plan/plan.ts';
import type { Host } from '../../../src/host/contract/host.ts';

const change = { connection: { protocol: 6 }, why: 'denied' } as unknown as ConnectionChange;

async function removedAfter(failures: number) {
  const said: string[] = [];
  let attempts = 0;
  const removeConnection: Host['removeConnection'] = async () =>
    ++attempts <= failures ? { kind: 'unanswered', message: 'the kernel is busy' } : { kind: 'done' };
  const host = { removeConnection } as unknown as Host;
  const removed = await removeConnections({ host, say: (text) => void said.push(text) }, [change]);
  return { removed, attempts, said };
}

test('at once', async () => {
  expect(await removedAfter(0)).toEqual({ removed: 1, attempts: 1, said: [] });
});

test('in the second attempt', async () => {
  expect(await removedAfter(1)).toEqual({ removed: 1, attempts: 2, said: [] });
});

test('not at all: that is said, and nothing more is tried', async () => {
  const said = ['a connection could not be removed: the kernel is busy'];
  expect(await removedAfter(9)).toEqual({ removed: 0, attempts: 2, said });
});
