/** Sets of senders and receivers that people know by a name: the subjects of a policy, or the interfaces of a host. */
import type { HostView } from '../../host-view/host-view.ts';
import type { Meaning } from '../../policy/decide.ts';
import { subjectSets } from '../../policy/sets/subjects.ts';
import type { MeaningDiagrams } from '../meaning/meant.ts';
import { Kernel } from '../run/reading/kernel.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import type { Space } from '../space/space.ts';

type Container = Meaning['atlas']['model']['containers'][number];

export interface NamedPlace {
  readonly name: string;
  /** Over where packets come from and their source. */
  readonly from: SetId;
  /** Over destinations. */
  readonly to: SetId;
  /** The same over destinations after translation. */
  readonly reached: SetId;
}

/** The subjects of a policy, those that say most first. */
export function placesOfMeaning(space: Space, meaning: Meaning, meant: MeaningDiagrams): readonly NamedPlace[] {
  const { model, host } = meaning.atlas;
  const sets = subjectSets(meaning);
  const { boxes } = meant;
  const { diagrams } = space;
  const place = (name: string, subjects: Parameters<typeof sets>[0], whole: boolean): NamedPlace => {
    const { sources, destinations } = sets(subjects, whole);
    return {
      name,
      from: boxes.sources(sources),
      to: boxes.destinations(destinations, 'destination'),
      reached: boxes.destinations(destinations, 'realDestination'),
    };
  };
  /** A container on one of its networks, where it is on several. */
  const endpointPlaces = (container: Container): readonly NamedPlace[] => {
    const { endpoints, name } = container;
    if (endpoints.length < 2) return [];
    return endpoints.map((endpoint) =>
      place(`${name} on ${endpoint.network.name}`, [{ ...container, endpoints: [endpoint] }], false),
    );
  };
  const own = place(host.name, [host], false);
  const places = [
    ...model.containers.map((container) => place(container.name, [container], false)),
    ...model.zones.map((zone) => place(zone.name, [zone], false)),
    { ...own, to: diagrams.unite(own.to, new Kernel(space).local('destination')) },
    own,
    ...model.networks.filter(({ unmanaged }) => !unmanaged).map((network) => place(network.name, [network], true)),
    ...model.networks.filter(({ unmanaged }) => !unmanaged).map((network) => place(network.name, [network], false)),
    ...model.groups.map((group) => place(group.name, group.members, false)),
    ...model.containers.flatMap(endpointPlaces),
  ];
  return places.filter(({ from, to }) => from !== empty || to !== empty);
}

/** What is behind each interface of a host, by its routes; without a policy nothing else has a name. */
export function placesOfView(space: Space, view: HostView): readonly NamedPlace[] {
  const { diagrams } = space;
  const kernel = new Kernel(space);
  const behind = view.interfaces.filter(({ kind, bridgePort }) => kind !== 'loopback' && bridgePort === undefined);
  return [
    {
      name: view.name,
      from: space.originsWhere(({ device }) => device === undefined),
      to: kernel.local('destination'),
      reached: kernel.local('realDestination'),
    },
    ...behind.map(({ name }): NamedPlace => {
      const routed = (field: 'source' | 'destination' | 'realDestination'): SetId =>
        space.routed(field, `by ${name}`, (decision) => decision.kind === 'unicast' && decision.interface === name);
      return {
        name,
        from: diagrams.intersect(
          space.originsWhere(({ input }) => input === name),
          routed('source'),
        ),
        to: routed('destination'),
        reached: routed('realDestination'),
      };
    }),
  ].filter(({ from, to }) => from !== empty || to !== empty);
}
