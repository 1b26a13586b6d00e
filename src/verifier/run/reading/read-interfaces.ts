/** Reads names of interfaces: where a packet came in, where it goes out, which port an address is behind. */
import { everything, type SetId } from '../../sets/diagrams.ts';
import type { AddressField, Space } from '../../space/space.ts';
import { type Case, type Reading, unknown } from './reading.ts';
import type { InterfaceSight } from './sight.ts';

export class InterfaceReader {
  private readonly space: Space;
  private readonly known = new Map<string, Reading>();

  constructor(space: Space) {
    this.space = space;
  }

  /** Names of interfaces; one that is not there has the empty name, so `oifname != x` holds [141]. */
  name(way: InterfaceSight, side: string): Reading {
    const key = `${side} ${way.kind} ${'by' in way ? way.by : ''} ${'on' in way ? way.on : ''}`;
    let reading = this.known.get(key);
    if (reading === undefined) {
      reading = this.make(way, side);
      this.known.set(key, reading);
    }
    return reading;
  }

  private make(way: InterfaceSight, side: string): Reading {
    const { space } = this;
    const cases = (key: string, list: readonly Case[]): Reading => ({
      kind: 'cases',
      key,
      has: everything,
      cases: list,
    });
    switch (way.kind) {
      case 'none':
        return cases(`no ${side}`, [{ set: everything, value: '' }]);
      case 'loopback':
        return cases('lo', [{ set: everything, value: 'lo' }]);
      case 'port':
        return space.ports === undefined
          ? unknown(`the ${side} port`)
          : cases(`port ${way.by} ${way.on}`, this.portCases(way, space.ports));
      case 'origin':
      case 'device': {
        const names = new Set(space.origins.map((origin) => (way.kind === 'origin' ? origin.input : origin.device)));
        return cases(
          way.kind,
          [...names].map((name) => ({
            value: name ?? '',
            set: space.once(`${way.kind} ${name ?? ''}`, () =>
              space.originsWhere((origin) => (way.kind === 'origin' ? origin.input : origin.device) === name),
            ),
          })),
        );
      }
      case 'routed':
        return cases(`routed ${way.by}`, this.routed(way.by));
    }
  }

  /** Addresses that a policy binds to a port, and machines behind the NIC of a LAN; all others are behind a port without a name of its own. */
  private portCases(
    { by, on }: Extract<InterfaceSight, { kind: 'port' }>,
    ports: NonNullable<Space['ports']>,
  ): readonly Case[] {
    const { space } = this;
    const { diagrams } = space;
    const bound = ports.map(({ port, addresses }) => ({
      value: port,
      set: diagrams.intersect(space.addresses(by, addresses), on === 'own bridge' ? this.besidePort(port) : everything),
    }));
    const known = diagrams.uniteAll(bound.map(({ set }) => set));
    const nics = [...space.lans].map(([bridge, { nic, given }]) => {
      const there =
        on === 'own bridge'
          ? space.originsWhere((origin) => origin.bridge === bridge)
          : space.routed(by, `out ${bridge}`, (way) => way.kind === 'unicast' && way.interface === bridge);
      const machines = diagrams.subtract(there, diagrams.unite(space.addresses(by, given), known));
      return { value: nic, set: machines };
    });
    const rest = diagrams.complement(diagrams.uniteAll([known, ...nics.map(({ set }) => set)]));
    return [...bound, ...nics, { value: 'a port without a name', set: rest }];
  }

  /** What comes from the bridge that a port belongs to: frames on other bridges do not get there. */
  private besidePort(port: string): SetId {
    const { space } = this;
    const bridge = space.view.interfaces.find(({ name }) => name === port)?.bridgePort?.bridge;
    if (bridge === undefined) return everything;
    return space.once(`beside ${port}`, () => space.originsWhere((origin) => origin.bridge === bridge));
  }

  routed(by: AddressField): readonly Case[] {
    const { space } = this;
    const names = new Set(
      space.routes.decisions.map((decision) => (decision.kind === 'unicast' ? decision.interface : undefined)),
    );
    return [...names].map((name) => {
      const set = space.routed(by, `out ${name ?? ''}`, (decision) =>
        name === undefined ? decision.kind !== 'unicast' : decision.kind === 'unicast' && decision.interface === name,
      );
      return { value: name ?? 'lo', set };
    });
  }
}
