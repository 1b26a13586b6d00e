/** Applying inside a namespace from the test's own process, which needs no guard: what waits is taken back when the test says so. */
import type { ApplyContext } from '../../../src/apply/engine/context.ts';
import { realProcesses } from '../../../src/apply/state/lock.ts';
import { realHost } from '../../../src/host/real/real-host.ts';
import type { Namespace } from '../../support/namespace.ts';
import { judgeConnections } from './policies.ts';

export function contextIn({ runner }: Namespace, files: ApplyContext['files']): ApplyContext {
  return {
    host: realHost({ runner, name: 'edge' }),
    files,
    processes: realProcesses,
    startGuard: async () => realProcesses.self(),
    judgeConnections,
    say: () => {},
  };
}
