/** Looks at the host in a thread of its own, so that the policy can be compiled meanwhile. Asked and answered by messages. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Look } from '../../apply/engine/look.ts';
import { watchedLooks } from '../../apply/engine/watched-looks.ts';
import { StateError } from '../../apply/state/files.ts';
import { realFiles } from '../../apply/state/real-files.ts';
import { realHost } from '../../host/real/real-host.ts';
import type { LookAnswer, LookQuestion } from './threaded-looks.ts';

const looks = watchedLooks({ host: realHost(), files: realFiles(String(workerData)) });
/** Begun before it is asked for: who asks is at work until then, and cannot even do that. */
let first: Promise<Look> | undefined = looks.look();
first.catch(() => {}); // told to who asks

function look(): Promise<Look> {
  const begun = first ?? looks.look();
  first = undefined;
  return begun;
}

async function answer(question: LookQuestion): Promise<LookAnswer> {
  try {
    switch (question) {
      case 'look': {
        const seen = await look();
        // the listings as text are for others, and large
        const rulesets = seen.reading.rulesets.map((rules) => ({ ...rules, text: '' }));
        return { kind: 'look', look: { ...seen, reading: { ...seen.reading, rulesets, nftListing: undefined } } };
      }
      case 'quiet':
        return { kind: 'quiet', quiet: await looks.isQuiet() };
      case 'close':
        await looks.close();
        return { kind: 'closed' };
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      kind: 'failed',
      message,
      state: error instanceof StateError ? { noPrivilege: error.noPrivilege } : undefined,
    };
  }
}

parentPort?.on('message', (question: LookQuestion) => {
  void answer(question).then((reply) => parentPort?.postMessage(reply));
});
