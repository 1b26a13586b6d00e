/** `ctfw lsp`: the language server, for editors. */
import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import type { Command } from 'commander';
import type { Outcome } from '../io/outcome.ts';

export function addLsp(program: Command, outcome: Outcome, version: string): void {
  program
    .command('lsp')
    .description('serve an editor over standard input and output (language server protocol)')
    .option('--stdio', 'what it does anyway; many editors say it')
    .option('--clientProcessId <id>', 'the process of the editor, which the server does not outlive')
    .action(async () => {
      const { serveEvaluations, threadEvaluator } = await import('../../editor/workspace/evaluation-worker.ts');
      if (!isMainThread) return serveEvaluations();
      const { realDisk } = await import('../../editor/workspace/disk.ts');
      const { serveStreams } = await import('../../editor/stdio.ts');
      // This module may be a chunk of the program, which does nothing by itself: the thread runs what this process was started with.
      const evaluator = threadEvaluator(pathToFileURL(realpathSync(process.argv[1] ?? '')), ['lsp']);
      outcome.code = await serveStreams(process.stdin, process.stdout, { disk: realDisk, evaluator, version });
      // The library watches over `--clientProcessId` with a timer of its own, which would keep the process alive.
      process.exit(outcome.code);
    });
}
