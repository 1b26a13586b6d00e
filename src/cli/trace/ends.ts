/** The source and destination words of `ctfw trace`: names of the policy, addresses, or both together. */

import { suggest } from '../../diagnostics/suggest.ts';
import { destinationsOf, isNatural, type Sender, sendersOf, type Universe } from '../../expectations/universe.ts';
import { routingOf } from '../../host-view/routing.ts';
import type { CheckedModel, Subject } from '../../model/model.ts';
import { runsOn } from '../../model/placement.ts';
import { type Address, formatAddress, parseAddress, sameAddress } from '../../net/address.ts';
import { addressSetContains } from '../../net/address-set.ts';
import { prefixContains } from '../../net/prefix.ts';
import { type Atlas, placeOfDestination } from '../../policy/atlas.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';

/** One word, taken apart: `internet`, `203.0.113.7`, `internet:198.51.100.1`, `10.0.0.1 on lan0`. */
export interface EndWord {
  readonly name: string | undefined;
  readonly address: Address | undefined;
  readonly interface: string | undefined;
}

export function parseEnd(word: string): EndWord {
  const [before = '', on, ...more] = word.trim().split(/\s+on\s+|@/);
  if (more.length > 0) throw new CommandError(`"${word}" names more than one interface`);
  const whole = parseAddress(before);
  if (whole !== undefined) return { name: undefined, address: whole, interface: on };
  if (/^[0-9a-fA-F:.]+\/\d+$/.test(before))
    throw new CommandError(`one packet has one address: "${before}" is a whole prefix; name an address in it`);
  if (/^\d+(\.\d+){1,3}$/.test(before)) throw new CommandError(`"${before}" is no IP address`);
  const colon = before.indexOf(':');
  if (colon < 0) return { name: before, address: undefined, interface: on };
  const address = parseAddress(before.slice(colon + 1));
  if (address === undefined)
    throw new CommandError(`"${before.slice(colon + 1)}" of "${word}" is no IP address (a port stands alone: tcp/443)`);
  return { name: before.slice(0, colon), address, interface: on };
}

/** A source and a destination that go together. */
export interface Ends {
  readonly sender: Pick<Sender, 'address' | 'arrivesBy'>;
  readonly destination: Address;
}

/** Chooses addresses for names, of one family, as the sender itself would. Throws CommandError. */
export function chooseEnds(
  universe: Universe,
  from: EndWord,
  to: EndWord,
  wanted: Address['family'] | undefined,
): Ends {
  const senders = sendersFor(universe, from);
  const destinations = destinationsFor(universe, to);
  const families = wanted === undefined ? (['ipv4', 'ipv6'] as const) : [wanted];
  for (const family of families) {
    const own = senders.filter(({ address }) => address.family === family);
    const others = destinations.filter((address) => address.family === family);
    const pairs = own.flatMap((sender) =>
      others.filter((address) => !sameAddress(address, sender.address)).map((destination) => ({ sender, destination })),
    );
    const natural = pairs.filter(({ sender, destination }) => isNatural(sender, destination));
    const facing = natural.find(
      ({ sender, destination }) =>
        isFacing(universe.atlas, sender, destination) || isOwnChoice(universe.atlas, sender, destination),
    );
    const chosen = facing ?? natural[0] ?? pairs[0];
    if (chosen !== undefined) return chosen;
  }
  const side = senders.length === 0 ? from : destinations.length === 0 ? to : undefined;
  if (side !== undefined)
    throw new CommandError(`${nameOf(side)} has no address that a packet could use`, exitCode.refused);
  throw new CommandError(
    `no packet goes from ${nameOf(from)} to ${nameOf(to)}: they have no ${wanted ?? 'IP'} address each`,
    exitCode.refused,
  );
}

function nameOf({ name, address }: EndWord): string {
  return name === undefined ? (address === undefined ? 'this' : formatAddress(address)) : `"${name}"`;
}

/** Of a host's addresses, the one on the side where the packet comes from. */
function isFacing({ view }: Atlas, sender: Sender, destination: Address): boolean {
  const held = view.interfaces.find(({ name }) => name === sender.arrivesBy);
  return held?.addresses.some(({ address }) => sameAddress(address, destination)) ?? false;
}

/** The address that the host itself would send from. */
function isOwnChoice({ view }: Atlas, sender: Sender, destination: Address): boolean {
  if (sender.arrivesBy !== undefined) return false;
  const own = routingOf(view).localSourceAddress(destination);
  return own !== undefined && sameAddress(own, sender.address);
}

function sendersFor(universe: Universe, word: EndWord): readonly Sender[] {
  const { atlas } = universe;
  const { name, address, interface: on } = word;
  if (on !== undefined && !atlas.view.interfaces.some((held) => held.name === on))
    throw new CommandError(
      `the host has no interface "${on}": it has ${atlas.view.interfaces.map((held) => held.name).join(', ')}`,
      exitCode.refused,
    );
  const via = (sender: Sender): Sender => (on === undefined ? sender : { ...sender, arrivesBy: on });
  if (name === undefined) return address === undefined ? [] : [via(senderAt(universe, address))];
  const subjects = subjectsNamed(atlas.model, name);
  const senders = subjects.flatMap((subject) => sendersOf(universe, subject));
  if (address === undefined) return withPlain(universe, subjects, senders.map(via));
  const [first] = senders;
  const owner = senders.find((sender) => sameAddress(sender.address, address));
  const arrivesBy =
    subjects[0]?.kind === 'host' ? undefined : (first?.arrivesBy ?? senderAt(universe, address).arrivesBy);
  return [via(owner ?? { address, arrivesBy, container: undefined, endpoint: undefined })];
}

/** In front of what a zone's classes are: an address that people know for an example. */
function withPlain(universe: Universe, subjects: readonly Subject[], senders: readonly Sender[]): readonly Sender[] {
  const [first] = senders;
  if (first === undefined || first.container !== undefined) return senders;
  const plain = plainAddresses(universe, subjects);
  return [...plain.map((address) => ({ ...first, address })), ...senders];
}

/** Addresses that people know for examples, and that the subjects cover. */
export function plainAddresses(universe: Universe, subjects: readonly Subject[]): readonly Address[] {
  return examples.filter((address) => subjects.some((subject) => covers(universe, subject, address)));
}

/** RFC 5737 and RFC 3849. */
const examples = ['198.51.100.1', '203.0.113.1', '192.0.2.1', '2001:db8::1']
  .map(parseAddress)
  .filter((address) => address !== undefined);

function covers(universe: Universe, subject: Subject, address: Address): boolean {
  if (subject.kind !== 'zone' && subject.kind !== 'any') return false;
  if (addressSetContains(universe.notOutside, address)) return false;
  return subject.kind === 'any' || subject.prefixes.some((prefix) => prefixContains(prefix, address));
}

/** Who an address belongs to: the host, a container, or the side where its routes lead. */
function senderAt(universe: Universe, address: Address): Sender {
  const { atlas, model } = universe;
  const plain = { address, container: undefined, endpoint: undefined };
  const route = atlas.routing.lookup(address);
  if (route === 'local') return { ...plain, arrivesBy: undefined };
  for (const container of model.containers)
    for (const endpoint of container.endpoints) {
      const own = endpoint.addresses[address.family];
      if (own !== undefined && sameAddress(own, address))
        return { address, arrivesBy: endpoint.network.bridge, container, endpoint };
    }
  const zone = model.zones.find(
    (one) => one.interface !== undefined && one.prefixes.some((prefix) => prefixContains(prefix, address)),
  );
  return { ...plain, arrivesBy: route?.interface ?? zone?.interface ?? universe.outsideInterfaces[0] };
}

function destinationsFor(universe: Universe, { name, address, interface: on }: EndWord): readonly Address[] {
  if (on !== undefined)
    throw new CommandError('a destination is reached by the routes of the host: it names no interface');
  if (address !== undefined) {
    if (name !== undefined) subjectsNamed(universe.model, name);
    return [address];
  }
  const subjects = subjectsNamed(universe.model, name ?? '');
  const plain = examples.filter((example) => subjects.some((subject) => covers(universe, subject, example)));
  const all = subjects.flatMap((subject) => destinationsOf(universe, subject));
  return [...plain.filter((example) => isBehind(universe, subjects, example)), ...all];
}

/** Whether packets to an address go where the subjects are. */
function isBehind({ atlas }: Universe, subjects: readonly Subject[], address: Address): boolean {
  const place = placeOfDestination(atlas, address);
  return subjects.some((subject) => {
    if (subject.kind !== 'zone') return subject.kind === 'any';
    return place.kind === 'outside' && (subject.interface === undefined || place.interface === subject.interface);
  });
}

/** What a name of the policy stands for. Throws CommandError with what was probably meant. */
export function subjectsNamed(model: CheckedModel, name: string): readonly Subject[] {
  if (name === 'any') return [{ kind: 'any' }];
  const group = model.groups.find((one) => one.name === name);
  if (group !== undefined) return group.members;
  const named = [...model.containers, ...model.networks, ...model.zones, ...model.hosts];
  const found = named.find((one) => one.name === name);
  if (found === undefined) {
    const near = suggest(name, [...named.map((one) => one.name), ...model.groups.map((one) => one.name)]);
    const hint =
      near === undefined
        ? ' (containers, networks, zones, hosts and groups have names; anything else is an address)'
        : `; did you mean ${near}?`;
    throw new CommandError(`the policy has nothing called "${name}"${hint}`, exitCode.refused);
  }
  if (found.kind !== 'container') return [found];
  if (found.mode.kind === 'none')
    throw new CommandError(`"${name}" has no network: no packet comes from it or goes to it`, exitCode.refused);
  if (found.mode.kind === 'host') return model.hosts.filter((host) => runsOn(found, host)).slice(0, 1);
  const { mode } = found;
  return mode.kind === 'shared' ? model.containers.filter((one) => one.name === mode.container) : [found];
}
