/** What ctfw takes before it does anything, beside an empty Node.js. */
import type { Benchmark, BenchmarkContext, BenchmarkResult } from './benchmark.ts';
import { timed } from './process.ts';
import { median, ratio, seconds } from './statistics.ts';

export const startup: Benchmark = { name: 'startup', title: 'start of the process', needs: [], run: measure };

async function measure({ ctfw, short }: BenchmarkContext): Promise<BenchmarkResult> {
  const commands = [
    { what: 'node -e 0', args: ['-e', '0'], times: [] as number[] },
    { what: 'ctfw --version', args: [ctfw, '--version'], times: [] as number[] },
    { what: 'ctfw --help', args: [ctfw, '--help'], times: [] as number[] },
  ] as const;
  // In turns, so that a machine that is busy for a moment is busy for all of them.
  for (let round = 0; round < (short ? 9 : 21); round++) {
    for (const { args, times } of commands) times.push(await timed(process.execPath, args));
  }
  const empty = median(commands[0].times);
  return {
    header: ['command', 'time', 'to node -e 0'],
    rows: commands.map(({ what, times }) => [what, seconds(median(times)), ratio(median(times), empty)]),
    notes: [],
    notRun: [],
  };
}
