/** Options that several of the commands about a host share. */
import { type Command, Option } from 'commander';
import { defaultLowerOptions } from '../../lower/context.ts';
import { CommandError } from '../io/exit-code.ts';
import type { LockOptions } from '../io/policy-lock.ts';

export const defaultStateFolder = '/var/lib/ctfw';

export interface StateOptions {
  readonly stateDir: string;
}

export interface PlanningOptions extends LockOptions, StateOptions {
  readonly target: string;
  readonly host?: string;
  readonly markBit: string;
  readonly operator?: string;
  readonly operatorPort?: string;
  readonly allowLockout?: boolean;
  readonly setSysctls?: boolean;
  readonly keepConnections?: boolean;
  readonly reload?: boolean;
  readonly prove: boolean;
  readonly format: string;
}

export function addStateOption(command: Command): Command {
  return command.option('--state-dir <folder>', 'where generations, journal and lock are kept', defaultStateFolder);
}

export function addPlanningOptions(command: Command): Command {
  return addStateOption(command)
    .option('-t, --target <target>', 'nft, iptables or iptables-legacy', 'nft')
    .option('--lock <path>', 'the lock file (default: FILE.lock)')
    .option('--locked', 'fail where the lock file would change')
    .option('--host <name>', 'the host of the policy that this is')
    .option(
      '--mark-bit <bit>',
      'the bit of the packet mark that guards bridged traffic',
      `0x${defaultLowerOptions.markBit.toString(16)}`,
    )
    .option('--no-prove', 'go on without proving that the rules do what the policy means')
    .option('--operator <address>', 'from where you are logged in (default: found out)')
    .option('--operator-port <port>', 'the port that you log in to (default: that of this login, or 22)')
    .option('--allow-lockout', 'go on although you could not log in again, or nobody can tell')
    .option('--set-sysctls', 'set kernel settings that the policy needs')
    .option('--keep-connections', 'leave connections alone that the policy now forbids')
    .option('--reload', 'load everything anew, not only what differs: comments and counters start over')
    .addOption(new Option('--format <format>', 'how the plan is shown').choices(['human', 'json']).default('human'));
}

/** `60`, `60s`, `2m`: seconds; at most a day. */
export function parseSeconds(text: string): number {
  const match = /^(\d{1,6})(s|m|h)?$/.exec(text);
  const factor = match?.[2] === 'm' ? 60 : match?.[2] === 'h' ? 3600 : 1;
  const seconds = match === null ? Number.NaN : Number(match[1]) * factor;
  if (!(seconds <= 86_400))
    throw new CommandError(`--confirm-timeout takes seconds up to a day (60s, 5m, 0); "${text}" is none`);
  return seconds;
}
