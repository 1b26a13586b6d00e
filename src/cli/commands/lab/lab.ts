/** `ctfw lab`: the policy's network for real, in namespaces of its own, with real packets. */
import type { Command } from 'commander';
import type { Outcome } from '../../io/outcome.ts';
import { addLabDown, addLabExec, addLabUp } from './running.ts';
import { addLabTest } from './test.ts';

export function addLab(program: Command, outcome: Outcome): void {
  const lab = program
    .command('lab')
    .description("build the policy's network in namespaces and send real packets through its rules");
  addLabTest(lab, outcome);
  addLabUp(lab, outcome);
  addLabExec(lab, outcome);
  addLabDown(lab, outcome);
}
