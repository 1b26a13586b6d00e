/** NAT at a hook: decided once a connection by the nat chains [2, 8-12], applied to every packet of it. */

import { bindNull, type Manipulation, type NatRange, setUpNat } from '../nat/allocate.ts';
import { translate, translateError } from '../nat/translate.ts';
import { connectionStatus, directionOf } from '../packet/connection.ts';
import type { AddressDatum } from '../packet/datum.ts';
import { formatEnds } from '../packet/describe.ts';
import { isIcmpError, type Packet } from '../packet/packet.ts';
import type { NetworkInterface } from '../routing/interfaces.ts';
import { firstAddress, selectIpv4Source, selectIpv6Source } from '../routing/source-address.ts';
import { runChain } from '../rules/chains.ts';
import type { CompiledBaseChain } from '../rules/compile.ts';
import type { NatRequest } from '../rules/context.ts';
import { contextOf, type HookPlace, inSomeOrder, settle } from './hooks.ts';
import type { Host } from './host.ts';
import { nextHopOf } from './next-hop.ts';

/** Whether the packet goes on. */
export function runNat(host: Host, place: HookPlace, packet: Packet): boolean {
  const { connection } = packet;
  if (connection === undefined) return true; // [44]
  const manipulation: Manipulation = place.hook === 'prerouting' || place.hook === 'output' ? 'destination' : 'source';
  const before = host.world.trace === undefined ? '' : formatEnds(packet);
  const destination = packet.destination;
  if (!decideAndApply(host, place, packet, manipulation)) return false;
  if (host.world.trace !== undefined && before !== formatEnds(packet)) {
    host.note({ kind: 'rewrite', host: host.name, what: manipulation, from: before, to: formatEnds(packet) });
  }
  if (place.hook === 'output' && place.calls.reroute !== undefined && packet.destination !== destination) {
    return place.calls.reroute(packet) === 'ok'; // [74]
  }
  return true;
}

function decideAndApply(host: Host, place: HookPlace, packet: Packet, manipulation: Manipulation): boolean {
  const { connection } = packet;
  if (connection === undefined) return true;
  if ((packet.info === 'related' || packet.info === 'related-reply') && isIcmpError(packet)) {
    if (translateError(packet, manipulation)) return true;
    host.drop(packet, 'redirects about connections that may be translated are dropped [118]');
    return false;
  }
  const done = manipulation === 'source' ? connectionStatus.sourceNatDone : connectionStatus.destinationNatDone;
  const isFirst = packet.info !== 'established' && packet.info !== 'established-reply';
  if (isFirst && (connection.status & done) === 0) {
    if (!decide(host, place, packet, manipulation, done)) return false;
  } else if (isStale(place, packet)) {
    host.connections.remove(connection);
    host.drop(packet, 'its masquerade belongs to another interface');
    return false;
  }
  translate(packet, manipulation);
  return true;
}

function isStale(place: HookPlace, packet: Packet): boolean {
  const masquerade = packet.connection?.masqueradeInterface;
  return (
    masquerade !== undefined &&
    place.hook === 'postrouting' &&
    directionOf(packet.info) === 'original' &&
    place.output?.name !== masquerade
  );
}

function* chainsInSomeOrder(
  host: Host,
  place: HookPlace,
  groups: readonly (readonly CompiledBaseChain[])[],
): Generator<CompiledBaseChain> {
  for (const group of groups) {
    if (group.length === 1) yield* group;
    else yield* inSomeOrder(host, group, place.hook);
  }
}

function natChains(host: Host, place: HookPlace): Iterable<CompiledBaseChain> {
  const { inOrder, groups } = host.hooks.natChains(place.family, place.hook);
  return inOrder ?? chainsInSomeOrder(host, place, groups);
}

/** Asks the nat chains in order; accept and return ask the next one [9]. */
function decide(host: Host, place: HookPlace, packet: Packet, manipulation: Manipulation, done: number): boolean {
  const { connection } = packet;
  if (connection === undefined) return true;
  for (const chain of natChains(host, place)) {
    const context = contextOf(host, place, packet);
    const verdict = runChain(chain.chain, context);
    if (verdict === 'nat' && context.nat !== undefined) {
      const range = rangeOf(host, place, packet, context.nat);
      if (range === undefined) {
        host.drop(packet, `no address to ${context.nat.type} to`, context.place); // [59]
        return false;
      }
      if (range !== 'none') {
        setUpNat(host, connection, range, manipulation);
        if (context.nat.type === 'masquerade') connection.masqueradeInterface = place.output?.name;
      }
    } else if (!settle(host, place, context, verdict)) return false; // [10]
    if ((connection.status & done) !== 0) return true;
  }
  bindNull(host, connection, manipulation);
  return true;
}

/** What a statement asks for, with the addresses that depend on the host filled in; `none` leaves the packet alone. */
function rangeOf(host: Host, place: HookPlace, packet: Packet, request: NatRequest): NatRange | 'none' | undefined {
  if (request.type === 'dnat' || request.type === 'snat') return request;
  const address =
    request.type === 'masquerade' ? masqueradeAddress(host, place.output, packet) : redirectAddress(place, packet);
  if (address === 'none' || address === undefined) return address;
  return { ...request, firstAddress: address, lastAddress: address };
}

function masqueradeAddress(
  host: Host,
  output: NetworkInterface | undefined,
  packet: Packet,
): AddressDatum | 'none' | undefined {
  if (output === undefined) return undefined;
  if (typeof packet.destination === 'bigint') return selectIpv6Source(host.interfaces, output, packet.destination); // [134]
  if (packet.connection?.original.source === 0) return 'none';
  return selectIpv4Source(host.interfaces, output, nextHopOf(host, packet, output.name), 0); // [58]
}

/** [76] */
function redirectAddress(place: HookPlace, packet: Packet): AddressDatum | undefined {
  const family = packet.family === 'ipv6' ? 'ipv6' : 'ipv4';
  if (place.hook === 'output') return family === 'ipv4' ? 0x7f00_0001 : 1n;
  return place.input === undefined ? undefined : firstAddress(place.input, family, packet.destination);
}
