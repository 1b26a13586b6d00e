/** Proofs of a policy that is edited, in a process that goes on, as the language server makes them: the emitted rules read again, the proof, the expectations. */
import { type Compiled, compile } from '../src/compile.ts';
import { emptyLock } from '../src/lock/lock.ts';
import { KeptProof } from '../src/proving/kept-proof.ts';
import { proofOf } from '../src/proving/proof.ts';
import { BenchmarkFailure } from './benchmark.ts';
import { median } from './statistics.ts';

/** Seconds. */
export interface ProofsAgain {
  /** The first proof of the process: what a command of its own takes. */
  readonly first: number;
  /** After one statement was taken out or put back, with what the last proof made. */
  readonly again: number;
  /** The same edits, each proved from the beginning. */
  readonly anew: number;
  /** After a statement with a port that nothing named before. */
  readonly unknownPort: number;
}

export function proofsAgain(text: string, edits: number): ProofsAgain {
  const kept = new KeptProof();
  const first = proved(compiled(text), kept);
  const lines = text.split('\n');
  const statements = lines.flatMap((content, line) => (content.startsWith('allow') ? [line] : []));
  const [again, anew, unknownPort]: [number[], number[], number[]] = [[], [], []];
  for (let edit = 0; edit < edits; edit++) {
    const line = statements[Math.floor((edit * statements.length) / edits)] ?? 0;
    for (const version of [lines.toSpliced(line, 1).join('\n'), text]) {
      const policy = compiled(version);
      anew.push(proved(policy));
      again.push(proved(policy, kept));
    }
  }
  for (let edit = 0; edit < Math.min(edits, 5); edit++) {
    unknownPort.push(proved(compiled(`${text}\nallow c0 -> c1 ${23_001 + 2 * edit}/tcp\n`), kept));
  }
  return { first, again: median(again), anew: median(anew), unknownPort: median(unknownPort) };
}

function compiled(text: string): Compiled {
  const [one] = compile({ name: 'policy.ctfw', text }, () => ({ error: 'nothing' }), emptyLock).judged;
  if (one === undefined) throw new BenchmarkFailure('the policy does not compile');
  return one;
}

function proved(policy: Compiled, kept?: KeptProof): number {
  const begin = performance.now();
  const { proof, fault } = proofOf(policy, 'nft', kept);
  if (proof.kind !== 'proved') throw new BenchmarkFailure(fault ?? 'the rules are not proved');
  return (performance.now() - begin) / 1000;
}
