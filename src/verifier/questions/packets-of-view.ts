/** The packets of a host that no policy speaks of: who is where is known by its routes alone. */
import type { HostView } from '../../host-view/host-view.ts';
import { OrdinaryPackets } from '../proof/ordinary-packets.ts';
import type { SetId } from '../sets/diagrams.ts';
import { specialPrefixes } from '../space/cuts-of-view.ts';
import type { Space } from '../space/space.ts';

export class PacketsOfView extends OrdinaryPackets {
  constructor(space: Space) {
    super(space, []);
  }

  /** First packets from where answers to their source are sent. */
  first(): SetId {
    return this.space.diagrams.intersect(this.sendable(), this.natural());
  }

  /** First packets with a source that the host would answer to by another interface. */
  forged(): SetId {
    const { diagrams } = this.space;
    return diagrams.subtract(diagrams.subtract(this.sendable(), this.fromHost()), this.natural());
  }

  /** Packets that belong to no connection and start none. */
  stray(): SetId {
    const { diagrams } = this.space;
    return diagrams.intersectAll(this.wellFormed(), this.strayKinds(), this.destinations(), this.natural());
  }

  private sendable(): SetId {
    return this.space.diagrams.intersectAll(this.wellFormed(), this.starting(), this.destinations());
  }

  private natural(): SetId {
    const { space } = this;
    const { diagrams } = space;
    const host = diagrams.intersectAll(this.fromHost(), this.ownSources(), this.loopbackPairs());
    const ways = inputsOf(space.view).map((name) =>
      diagrams.intersect(
        space.originsWhere(({ input }) => input === name),
        space.routed('source', `by ${name}`, (way) => way.kind === 'unicast' && way.interface === name),
      ),
    );
    const special = diagrams.unite(
      diagrams.uniteAll(this.familyPrefixes(specialPrefixes).map((prefix) => space.prefix('source', prefix))),
      this.shared('source'),
    );
    return diagrams.unite(host, diagrams.subtract(diagrams.uniteAll(ways), special));
  }
}

/** The interfaces that the ip hooks can see packets come in by. */
function inputsOf({ interfaces }: HostView): readonly string[] {
  return interfaces
    .filter(({ kind, bridgePort }) => kind !== 'loopback' && bridgePort === undefined)
    .map(({ name }) => name);
}
