/**
 * Where the declared networks are: subnets that belong to a network as a whole, and the addresses given on a LAN or at the
 * ends of a wire between containers, around which everything else is outside.
 */

import { type AddressSet, addressSet, addressSetOfPrefixes, rangeOfAddress } from '../../net/address-set.ts';
import { isLan } from '../../policy/atlas.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { SetId } from '../sets/diagrams.ts';
import type { AddressField, Space } from '../space/space.ts';

type Network = Meaning['atlas']['networks'][number];

export class Inside {
  private readonly space: Space;
  private readonly meaning: Meaning;
  private readonly known = new Map<AddressField, SetId>();

  constructor(space: Space, meaning: Meaning) {
    this.space = space;
    this.meaning = meaning;
  }

  /** Addresses of the declared networks, those that the host has on them included. */
  addresses(field: AddressField): SetId {
    let set = this.known.get(field);
    if (set === undefined) {
      const { atlas } = this.meaning;
      const whole = atlas.networks.filter((network) => !isLan(network));
      const alone = atlas.networks.filter((network) => isLan(network) || atlas.containersOnWire.has(network));
      const subnets = addressSetOfPrefixes(
        whole.flatMap(({ subnets: all }) => Object.values(all).map(({ prefix }) => prefix)),
      );
      const { diagrams } = this.space;
      set = diagrams.uniteAll([
        this.space.addresses(field, subnets),
        ...alone.map((network) => this.given(field, network)),
      ]);
      this.known.set(field, set);
    }
    return set;
  }

  /** The addresses given to containers of a network. */
  given(field: AddressField, network: Network): SetId {
    return this.space.addresses(field, givenOn(this.meaning, network));
  }
}

export function givenOn({ atlas }: Meaning, network: Network): AddressSet {
  const endpoints = atlas.model.containers.flatMap((container) => container.endpoints);
  return addressSet(
    endpoints
      .filter((endpoint) => endpoint.network === network)
      .flatMap(({ addresses }) => Object.values(addresses).map(rangeOfAddress)),
  );
}
