/** `ctfw show PLAN`: a stored plan for people. */
import { type Command, Option } from 'commander';
import { formatPlan } from '../../apply/plan/plan-file.ts';
import { readPlan } from '../apply/make.ts';
import { showPlan } from '../apply/show-plan.ts';
import { readSource, writeOut } from '../io/files.ts';

export function addShow(program: Command): void {
  program
    .command('show')
    .description('show a stored plan')
    .argument('<plan>', 'the file that ctfw plan -o wrote; - is standard input')
    .addOption(new Option('--format <format>', 'how it is shown').choices(['human', 'json']).default('human'))
    .action((file: string, options: { readonly format: string }) => {
      const { text, name } = readSource(file);
      const plan = readPlan(text, name);
      writeOut(options.format === 'json' ? formatPlan(plan) : showPlan(plan));
    });
}
