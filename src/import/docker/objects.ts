/** Which objects of a document are containers and networks, and by which engine. */
import { leftOutObject, notInspected, sameName } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { Span } from '../../source/span.ts';
import type { Name } from '../../syntax/tree.ts';
import type { DocumentNode, MappingNode, ScalarNode } from '../reading/node.ts';
import { shorten } from '../reading/shorten.ts';
import { readContainer } from './container.ts';
import type { InspectedContainer, InspectedNetwork } from './inspected.ts';
import { readNetwork } from './network.ts';
import { readPodmanNetwork } from './podman-network.ts';
import type { Reading } from './reading.ts';

export interface InspectedObjects {
  readonly containers: readonly InspectedContainer[];
  readonly networks: readonly InspectedNetwork[];
}

/** Reads every object of the documents, each of which is a list of objects or one by itself. */
export function readObjects(reading: Reading, roots: readonly DocumentNode[]): InspectedObjects {
  const containers: InspectedContainer[] = [];
  const networks: InspectedNetwork[] = [];
  const nodes = roots.flatMap((root) => (root.kind === 'sequence' ? root.items : [root]));
  for (const node of withoutRepeated(reading, nodes)) {
    const object = readObject(reading, node);
    if (object?.kind === 'container') containers.push(object.value);
    else if (object !== undefined) networks.push(object.value);
  }
  return {
    containers: oneOfEachName(reading, containers, 'container'),
    networks: oneOfEachName(reading, networks, 'network'),
  };
}

/** An object that is printed twice, as its id says, counts once. */
function withoutRepeated(reading: Reading, nodes: readonly DocumentNode[]): readonly DocumentNode[] {
  const known = new Map<string, ScalarNode>();
  return nodes.filter((node) => {
    const id = node.kind === 'mapping' ? node.entries.find(({ key }) => /^id$/i.test(key.text))?.value : undefined;
    if (id?.kind !== 'scalar' || id.text === '') return true;
    const earlier = known.get(id.text);
    if (earlier === undefined) {
      known.set(id.text, id);
      return true;
    }
    reading.add(
      report(leftOutObject, id.span, 'This object is written twice; the first one counts.', {
        related: [{ span: earlier.span, message: 'the first one is here' }],
      }),
    );
    return false;
  });
}

type InspectedObject =
  | { readonly kind: 'container'; readonly value: InspectedContainer }
  | { readonly kind: 'network'; readonly value: InspectedNetwork };

function readObject(reading: Reading, node: DocumentNode): InspectedObject | undefined {
  const kind = node.kind === 'mapping' ? kindOf(node) : 'unknown';
  if (node.kind !== 'mapping' || kind === 'unknown') {
    const message = 'This is neither a container nor a network as `docker inspect` or `podman inspect` prints them.';
    reading.add(report(notInspected, opening(node.span), message));
    return undefined;
  }
  switch (kind) {
    case 'container': {
      const value = readContainer(reading, node);
      return value === undefined ? undefined : { kind, value };
    }
    case 'network':
    case 'podman network': {
      const value = kind === 'network' ? readNetwork(reading, node) : readPodmanNetwork(reading, node);
      return value === undefined ? undefined : { kind: 'network', value };
    }
    case 'image':
    case 'volume':
      reading.add(
        report(
          leftOutObject,
          opening(node.span),
          `This is ${kind === 'image' ? 'an image' : 'a volume'}: it says nothing about networks.`,
        ),
      );
      return undefined;
  }
}

/** The first character: an object may be very long. */
function opening({ file, start, end }: Span): Span {
  return { file, start, end: Math.min(end, start + 1) };
}

type ObjectKind = 'container' | 'network' | 'podman network' | 'image' | 'volume' | 'unknown';

function kindOf({ entries }: MappingNode): ObjectKind {
  const keys = new Set(entries.map(({ key }) => key.text));
  if (keys.has('HostConfig') && keys.has('NetworkSettings')) return 'container';
  if (keys.has('IPAM') && keys.has('Driver')) return 'network';
  if (
    keys.has('driver') &&
    keys.has('name') &&
    (keys.has('subnets') || keys.has('network_interface') || keys.has('ipam_options'))
  )
    return 'podman network';
  if (keys.has('RepoTags') || keys.has('RootFS')) return 'image';
  return keys.has('Mountpoint') ? 'volume' : 'unknown';
}

/** Two of one name come from two engines, which no policy of one host can say. */
function oneOfEachName<T extends { readonly name: Name }>(
  reading: Reading,
  objects: readonly T[],
  what: string,
): readonly T[] {
  const known = new Map<string, T>();
  for (const one of objects) {
    const { name } = one;
    const earlier = known.get(name.text);
    if (earlier === undefined) known.set(name.text, one);
    else
      reading.add(
        report(
          sameName,
          name.span,
          `There are two of the name \`${shorten(name.text)}\` that are not the same ${what}.`,
          {
            related: [{ span: earlier.name.span, message: 'the first one is here' }],
            help: 'Import what each engine runs by itself.',
          },
        ),
      );
  }
  return [...known.values()];
}
