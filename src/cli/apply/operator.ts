/** From where the user is logged in: as they say, or as the login's own connection shows. */
import type { Operator } from '../../apply/preflight/preflight.ts';
import { findLogin, type Login, withoutZone } from '../../host/login.ts';
import { CommandError } from '../io/exit-code.ts';
import type { PlanningOptions } from './options.ts';

export function operatorOf(options: PlanningOptions, login: Login | undefined = findLogin()): Operator {
  const said = portOf(options);
  if (options.allowLockout === true) return { kind: 'does-not-matter' };
  if (options.operator !== undefined) {
    const address = withoutZone(options.operator);
    if (address === undefined) throw new CommandError(`--operator takes an address; "${options.operator}" is none`);
    const zone = /%(.+)$/.exec(options.operator)?.[1];
    return { kind: 'known', address, local: undefined, port: said ?? login?.localPort ?? usualPort, interface: zone };
  }
  if (login === undefined) return { kind: 'unknown' };
  return { kind: 'known', address: login.remote, local: login.local, port: said ?? login.localPort };
}

/** Where logins go that nobody knows more about. */
const usualPort = 22;

/** The port that the user says to log in to. Throws CommandError where it is none. */
export function portOf({ operatorPort }: Pick<PlanningOptions, 'operatorPort'>): number | undefined {
  if (operatorPort === undefined) return undefined;
  const port = Number(operatorPort);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new CommandError(`--operator-port takes a port; "${operatorPort}" is none`);
  return port;
}
