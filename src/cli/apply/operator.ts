/** From where the user is logged in: as they say, or as the login's own connection shows. */
import type { Operator } from '../../apply/preflight/preflight.ts';
import { findLogin, type Login, loginsTo, withoutZone } from '../../host/login.ts';
import { type Address, sameAddress } from '../../net/address.ts';
import { CommandError } from '../io/exit-code.ts';
import type { PlanningOptions } from './options.ts';

export function operatorOf(
  options: PlanningOptions,
  login: Login | undefined = findLogin(),
  logins: Logins = loginsTo,
): Operator {
  const said = portOf(options);
  if (options.allowLockout === true) return { kind: 'does-not-matter' };
  if (options.operator !== undefined) {
    const address = withoutZone(options.operator);
    if (address === undefined) throw new CommandError(`--operator takes an address; "${options.operator}" is none`);
    const zone = /%(.+)$/.exec(options.operator)?.[1];
    const port = said ?? login?.localPort ?? usualPort;
    return {
      kind: 'known',
      address,
      local: undefined,
      port,
      interface: zone,
      others: othersThan(address, port, logins),
    };
  }
  if (login === undefined) return { kind: 'unknown' };
  const { remote, local } = login;
  const port = said ?? login.localPort;
  return { kind: 'known', address: remote, local, port, others: othersThan(remote, port, logins) };
}

function othersThan(address: Address, port: number, logins: Logins): readonly { address: Address; local: Address }[] {
  return logins(port)
    .filter(({ remote }) => !sameAddress(remote, address))
    .map(({ remote, local }) => ({ address: remote, local }));
}

type Logins = (port: number) => readonly { readonly remote: Address; readonly local: Address }[];

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
