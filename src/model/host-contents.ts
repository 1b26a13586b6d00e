/** What is on a host: its networks, and the publications that answer on it. */
import type { Container, Endpoint, Host, Model, Network, Publication } from './model.ts';

export interface HostContents {
  readonly host: Host;
  readonly networks: readonly Network[];
  /** Endpoints of the containers that run on it. */
  readonly endpoints: readonly Endpoint[];
  /** In file order. */
  readonly publications: readonly Publication[];
}

/** Every host of a model with what is on it. A network that spans hosts is on each, a container on the one that it runs on. */
export function hostContents(model: Model): readonly HostContents[] {
  const contents = new Map(
    model.hosts.map((host) => [
      host.name,
      { host, networks: [] as Network[], endpoints: [] as Endpoint[], publications: [] as Publication[] },
    ]),
  );
  for (const network of model.networks)
    for (const name of new Set(network.hosts.map(({ host }) => host))) contents.get(name)?.networks.push(network);
  for (const container of model.containers) {
    for (const endpoint of container.endpoints) contents.get(homeOf(container, endpoint))?.endpoints.push(endpoint);
    for (const publication of container.publications)
      contents.get(homeOf(container, publication.target))?.publications.push(publication);
  }
  return [...contents.values()];
}

function homeOf(container: Container, { network }: Endpoint): string {
  return container.host ?? network.hosts[0]?.host ?? '';
}

/** All publications of a model, in file order. */
export function allPublications(containers: readonly Container[]): Publication[] {
  const result: Publication[] = [];
  for (const container of containers) for (const publication of container.publications) result.push(publication);
  return result;
}
