/** What ctfw takes before it does anything, beside an empty Node.js. */
import type { Benchmark, BenchmarkContext, BenchmarkResult } from './benchmark.ts';
import { timed } from './process.ts';
import { mediansInTurns, ratio, seconds } from './statistics.ts';

export const startup: Benchmark = { name: 'startup', title: 'start of the process', needs: [], run: measure };

async function measure({ ctfw, short }: BenchmarkContext): Promise<BenchmarkResult> {
  const commands = [
    { what: 'node -e 0', args: ['-e', '0'] },
    { what: 'ctfw --version', args: [ctfw, '--version'] },
    { what: 'ctfw --help', args: [ctfw, '--help'] },
  ];
  const measures = commands.map(
    ({ args }) =>
      () =>
        timed(process.execPath, args),
  );
  const times = await mediansInTurns(short ? 5 : 21, measures);
  const [empty = 0] = times;
  return {
    header: ['command', 'time', 'to node -e 0'],
    rows: times.map((time, index) => [commands[index]?.what ?? '', seconds(time), ratio(time, empty)]),
    notes: [],
    notRun: [],
  };
}
