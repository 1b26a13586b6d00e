/** Source and destination on a host view alone, without a policy: addresses only. */
import type { HostView } from '../../host-view/host-view.ts';
import { routingOf } from '../../host-view/routing.ts';
import { formatAddress } from '../../net/address.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import type { Ends, EndWord } from './ends.ts';

export function chooseEndsOfView(view: HostView, from: EndWord, to: EndWord): Ends {
  const [source, destination] = [from, to].map(({ name, address }) => {
    if (address !== undefined) return address;
    throw new CommandError(`"${name}" is a name, and names need a policy: give the policy first, or an address`);
  });
  if (source === undefined || destination === undefined) throw new CommandError('a packet needs two addresses');
  if (source.family !== destination.family)
    throw new CommandError(
      `${formatAddress(source)} and ${formatAddress(destination)} are of different families: no packet has both`,
    );
  if (to.interface !== undefined)
    throw new CommandError('a destination is reached by the routes of the host: it names no interface');
  return { sender: { address: source, arrivesBy: arrival(view, from, source) }, destination };
}

function arrival(view: HostView, { interface: on }: EndWord, source: Ends['destination']): string | undefined {
  if (on !== undefined) return existing(view, on);
  const route = routingOf(view).lookup(source);
  if (route === 'local') return undefined;
  if (route !== undefined) return route.interface;
  throw new CommandError(
    `the host has no route to ${formatAddress(source)}, so where a packet from it would arrive has to be said: "${formatAddress(source)} on INTERFACE"`,
    exitCode.refused,
  );
}

/** An interface that the view has. Throws CommandError. */
export function existing(view: HostView, name: string): string {
  const names = view.interfaces.map((held) => held.name);
  if (names.includes(name)) return name;
  const some = names.slice(0, 12).join(', ');
  throw new CommandError(
    `the host has no interface "${name}": it has ${some}${names.length > 12 ? ', ...' : ''}`,
    exitCode.refused,
  );
}
