/** From where the user is logged in: as they say, or as the login's own connection shows. */
import type { Operator } from '../../apply/preflight/preflight.ts';
import { findLogin, type Login, withoutZone } from '../../host/login.ts';
import { CommandError } from '../io/exit-code.ts';
import type { PlanningOptions } from './options.ts';

export function operatorOf(options: PlanningOptions, login: Login | undefined = findLogin()): Operator {
  if (options.allowLockout === true) return { kind: 'does-not-matter' };
  if (options.operator !== undefined) {
    const address = withoutZone(options.operator);
    if (address === undefined) throw new CommandError(`--operator takes an address; "${options.operator}" is none`);
    const port = Number(options.operatorPort);
    if (!Number.isInteger(port) || port < 1 || port > 65535)
      throw new CommandError(`--operator-port takes a port; "${options.operatorPort}" is none`);
    return { kind: 'known', address, local: undefined, port };
  }
  if (login === undefined) return { kind: 'unknown' };
  return { kind: 'known', address: login.remote, local: login.local, port: login.localPort };
}
