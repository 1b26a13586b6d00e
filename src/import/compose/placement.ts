/** Where each service stands: on which networks and in which order, or in whose network namespace. */
import {
  conflictingNetwork,
  externalNetwork,
  foreignContainer,
  meaninglessKey,
  unknownReference,
} from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { Name } from '../../syntax/tree.ts';
import { circleDiagnostics, type Placement as PlacementOf } from '../engine/placement.ts';
import { shorten } from '../reading/shorten.ts';
import { bare } from './attachment.ts';
import type {
  ComposeAttachment,
  ComposeNetwork,
  ComposeNetworkKind,
  ComposeProject,
  ComposeService,
} from './project.ts';
import type { Reading } from './reading.ts';

export type Placement = PlacementOf<ComposeService, Place>;

export interface Place {
  readonly attachment: ComposeAttachment;
  readonly network: ComposeNetwork;
}

export interface Placements {
  readonly byService: ReadonlyMap<ComposeService, Placement>;
  /** The declared networks that a policy has a block for, then those that services imply (`default`, docker0). */
  readonly networks: readonly ComposeNetwork[];
}

/** What references of services are looked up in; networks that services imply are added as they come. */
interface Surroundings {
  readonly reading: Reading;
  readonly project: ComposeProject;
  readonly networks: Map<string, ComposeNetwork>;
  readonly networksByEngineName: Map<string, ComposeNetwork>;
  readonly services: ReadonlyMap<string, ComposeService>;
  readonly containers: ReadonlyMap<string, ComposeService>;
}

/** Places every service. A reference to nothing is reported, and the service then stands on no network at all. */
export function placeServices(reading: Reading, project: ComposeProject): Placements {
  const surroundings: Surroundings = {
    reading,
    project,
    networks: new Map(project.networks.map((network) => [network.key.text, network])),
    networksByEngineName: new Map(project.networks.map((network) => [network.engineName, network])),
    services: new Map(project.services.map((service) => [service.key.text, service])),
    containers: containerNames(project),
  };
  const byService = new Map(project.services.map((service) => [service, placeService(surroundings, service)]));
  for (const circle of circleDiagnostics(byService, ({ key }) => key.text)) reading.add(circle);
  const networks = [...surroundings.networks.values()].filter(({ kind }) => kind !== 'host' && kind !== 'none');
  return { byService, networks };
}

function placeService(surroundings: Surroundings, service: ComposeService): Placement {
  const { reading } = surroundings;
  const { mode } = service;
  switch (mode.kind) {
    case 'host':
    case 'none':
      return { kind: mode.kind };
    case 'default-bridge': {
      const key = { text: 'bridge', span: mode.span };
      const network = imply(surroundings, key, 'default-bridge', 'bridge', true);
      return { kind: 'attached', places: [{ attachment: bare(key), network }] };
    }
    case 'engine-network':
      return onNetworks(reading, [
        { attachment: bare(mode.target), network: engineNetwork(surroundings, mode.target) },
      ]);
    case 'service':
      return share(reading, service, mode.target, surroundings.services.get(mode.target.text));
    case 'container':
      return share(reading, service, mode.target, surroundings.containers.get(mode.target.text));
    case 'networks': {
      const attachments = mode.attachments ?? [bare({ text: 'default', span: service.key.span })];
      return onNetworks(
        reading,
        attachments.flatMap((attachment) => {
          const network = namedNetwork(surroundings, attachment.network);
          return network === undefined ? [] : [{ attachment, network }];
        }),
      );
    }
  }
}

/** The network of a key below the top-level `networks`, where `default` need not be written. */
function namedNetwork(surroundings: Surroundings, name: Name): ComposeNetwork | undefined {
  const { reading, project, networks } = surroundings;
  const known = networks.get(name.text);
  if (known !== undefined || project.refusedNetworks.has(name.text)) return known;
  if (name.text === 'default') return imply(surroundings, name, 'bridge', `${project.name}_default`, false);
  reading.add(
    report(
      unknownReference,
      name.span,
      `There is no network \`${shorten(name.text)}\` below the top-level \`networks\`.`,
    ),
  );
  return undefined;
}

/** The network that the engine knows by a name: one of the file, or one that is made elsewhere. */
function engineNetwork(surroundings: Surroundings, name: Name): ComposeNetwork {
  const known = surroundings.networksByEngineName.get(name.text);
  if (known !== undefined) return known;
  surroundings.reading.add(
    report(
      externalNetwork,
      name.span,
      `The network \`${shorten(name.text)}\` is made elsewhere: its subnet, its bridge and its other containers are not in this file.`,
      {
        help: 'Declare it below `networks`, or write `bridge` and `subnet` as `docker network inspect` shows them.',
      },
    ),
  );
  return imply(surroundings, name, 'bridge', name.text, true);
}

/** A network that no declaration names; its key gives way to one that is declared. */
function imply(
  { networks, networksByEngineName }: Surroundings,
  key: Name,
  kind: ComposeNetworkKind,
  engineName: string,
  external: boolean,
): ComposeNetwork {
  const known = networksByEngineName.get(engineName);
  if (known !== undefined) return known;
  let text = key.text;
  while (networks.has(text)) text = `${text}-net`;
  const network = impliedNetwork({ ...key, text }, kind, engineName, external);
  networks.set(text, network);
  networksByEngineName.set(engineName, network);
  return network;
}

function impliedNetwork(key: Name, kind: ComposeNetworkKind, engineName: string, external: boolean): ComposeNetwork {
  return {
    key,
    kind,
    engineName,
    external: external ? key.span : undefined,
    nic: undefined,
    bridge: undefined,
    subnets: [],
    gateways: [],
    families: new Set(['ipv4'] as const),
    mtu: undefined,
    icc: undefined,
    internal: undefined,
    masquerade: undefined,
    gatewayMode: undefined,
    publishAddress: undefined,
    span: key.span,
  };
}

/** What containers may be called by `network_mode: container:NAME`: their own names, and those that compose gives. */
function containerNames(project: ComposeProject): ReadonlyMap<string, ComposeService> {
  const names = new Map<string, ComposeService>();
  for (const service of project.services) {
    if (service.containerName !== undefined) names.set(service.containerName.text, service);
    else for (const separator of ['-', '_']) names.set([project.name, service.key.text, '1'].join(separator), service);
  }
  return names;
}

function share(reading: Reading, service: ComposeService, target: Name, found: ComposeService | undefined): Placement {
  if (found !== undefined) return { kind: 'shared', with: found };
  if (service.mode.kind === 'service')
    reading.add(
      report(
        unknownReference,
        target.span,
        `There is no service \`${shorten(target.text)}\` whose network could be shared.`,
      ),
    );
  else
    reading.add(
      report(
        foreignContainer,
        target.span,
        `The container \`${shorten(target.text)}\` is not in this file, so \`${shorten(service.key.text)}\` has no network in the policy.`,
        {
          help: 'Declare that container in the policy and write `network container:NAME`.',
        },
      ),
    );
  return { kind: 'none' };
}

/** Orders the networks as the engine chooses the default gateway: by priority, then by name. The predefined networks host and none are modes. */
function onNetworks(reading: Reading, places: readonly Place[]): Placement {
  const special = places.find(({ network }) => network.kind === 'host' || network.kind === 'none');
  if (special === undefined)
    return places.length === 0 ? { kind: 'none' } : { kind: 'attached', places: [...places].sort(byGatewayPreference) };
  const { attachment, network } = special;
  if (places.length > 1)
    reading.add(
      report(
        conflictingNetwork,
        attachment.span,
        `\`${shorten(attachment.network.text)}\` is the network mode \`${network.kind}\`, which excludes other networks.`,
      ),
    );
  for (const { span } of [
    ...attachment.addresses,
    ...attachment.aliases,
    ...(attachment.mac === undefined ? [] : [attachment.mac]),
  ])
    reading.add(
      report(meaninglessKey, span, `This was left out: it means nothing in the network mode \`${network.kind}\`.`),
    );
  return { kind: network.kind === 'host' ? 'host' : 'none' };
}

function byGatewayPreference(left: Place, right: Place): number {
  const priority = right.attachment.gatewayPriority - left.attachment.gatewayPriority;
  if (priority !== 0) return priority;
  return left.network.engineName < right.network.engineName
    ? -1
    : left.network.engineName > right.network.engineName
      ? 1
      : 0;
}
