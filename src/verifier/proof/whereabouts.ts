/**
 * Where on a bridge a receiver is. A bridge that has not heard of somebody yet sends his frames out by every port; in a replay
 * nobody speaks beforehand, so what leaves by other ports than his counts for nothing.
 */
import type { Address } from '../../net/address.ts';
import { addressSetContains } from '../../net/address-set.ts';
import type { Space } from '../space/space.ts';
import { bridgeOf } from './link-layer.ts';

/** Whether a receiver may be behind an interface. */
export type IsBehind = (receiver: Address, interfaceName: string) => boolean;

export const anywhere: IsBehind = () => true;

export function whereaboutsIn({ view, ports = [], lans }: Space): IsBehind {
  if (ports.length === 0 && lans.size === 0) return anywhere;
  return (receiver, name) => {
    const bridge = bridgeOf(view, name);
    if (bridge === undefined) return true;
    const here = ports.find(({ port }) => port === name);
    if (here !== undefined) return addressSetContains(here.addresses, receiver);
    const bound = ports.some(
      ({ port, addresses }) => bridgeOf(view, port) === bridge && addressSetContains(addresses, receiver),
    );
    const lan = lans.get(bridge);
    if (bound || lan === undefined) return !bound;
    return (name !== lan.nic) === addressSetContains(lan.given, receiver);
  };
}
