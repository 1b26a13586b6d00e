/** `ctfw lab up`, `exec` and `down`: a lab that stays, to look around in. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { runInTerminal } from '../../../host/run-in-terminal.ts';
import {
  commandInside,
  endRunningLab,
  findRunningLab,
  leaveRunning,
  type RunningLab,
  runningLabs,
} from '../../../lab/running-labs.ts';
import { CommandError, exitCode } from '../../io/exit-code.ts';
import { writeOut } from '../../io/files.ts';
import type { Outcome } from '../../io/outcome.ts';
import type { LockOptions } from '../../io/policy-lock.ts';
import { asCommandError, compileForLab, labOf } from './prepare.ts';

interface NameOption {
  readonly name?: string;
}

interface UpOptions extends LockOptions, NameOption {
  readonly brNetfilter: boolean;
}

/** A lab is called as its policy, unless `--name` says otherwise. */
function nameOf(file: string, options: NameOption): string {
  return options.name ?? (file === '-' ? 'stdin' : basename(file).replace(/\.ctfw$/, ''));
}

export function addLabUp(lab: Command, outcome: Outcome): void {
  lab
    .command('up')
    .description('build the network, load the rules, and leave them running')
    .argument('<file>', 'the policy; - is standard input')
    .option('--name <name>', 'what the lab is called (default: as the policy)')
    .option('--lock <path>', 'the lock file (default: FILE.lock)')
    .option('--no-br-netfilter', 'keep bridged packets from the inet table, as on a host without br_netfilter')
    .action(async (file: string, options: UpOptions) => {
      const name = nameOf(file, options);
      if (findRunningLab(name) !== undefined)
        throw new CommandError(`a lab called ${name} is running already: ctfw lab down ${file}, or another --name`);
      const compiled = compileForLab(file, options);
      if (compiled === undefined) {
        outcome.code = exitCode.refused;
        return;
      }
      const built = await labOf(compiled, options.brNetfilter, true);
      try {
        await asCommandError(() => leaveRunning(built, name));
      } catch (error) {
        await built.close();
        throw error;
      }
      const places = Object.keys(built.topology.containers);
      const hosts = Object.values(built.topology.hosts).map(({ namespace }) => namespace);
      writeOut(
        `lab ${name} is up: ${hosts.join(', ')}${places.map((place) => `, ${place}`).join('')}\nctfw lab exec ${file} ${places[0] ?? 'host'} -- ip address\n`,
      );
    });
}

export function addLabExec(lab: Command, outcome: Outcome): void {
  lab
    .command('exec')
    .description('run a command inside a container of a running lab, or on its host')
    .argument('<file>', 'the policy of the lab')
    .argument('<place>', 'a container, host (of several: host/NAME), or outside/INTERFACE')
    .argument('<command...>', 'the command and its arguments')
    .option('--name <name>', 'what the lab is called (default: as the policy)')
    .passThroughOptions()
    .action(async (file: string, place: string, command: string[], options: NameOption) => {
      const running = runningLab(file, options);
      const words = command[0] === '--' ? command.slice(1) : command;
      const inside = await asCommandError(async () => commandInside(running, place, words));
      outcome.code = await runInTerminal(inside.command, inside.args);
    });
}

export function addLabDown(lab: Command, _outcome: Outcome): void {
  lab
    .command('down')
    .description('end a running lab')
    .argument('<file>', 'the policy of the lab')
    .option('--name <name>', 'what the lab is called (default: as the policy)')
    .action((file: string, options: NameOption) => {
      endRunningLab(runningLab(file, options));
    });
}

function runningLab(file: string, options: NameOption): RunningLab {
  const name = nameOf(file, options);
  const found = findRunningLab(name);
  if (found !== undefined) return found;
  const others = runningLabs().map((one) => one.name);
  throw new CommandError(
    `no lab called ${name} is running${others.length === 0 ? '' : `; there are: ${others.join(', ')}`} (ctfw lab up ${file} starts one)`,
  );
}
