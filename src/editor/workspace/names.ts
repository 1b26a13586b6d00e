/** Where a policy speaks of what it declares: every declaration of a name, and every place that refers to one. */
import type { Span } from '../../source/span.ts';
import type {
  ContainerItem,
  HostBlock,
  Name,
  NetworkItem,
  NetworkPlacement,
  PolicyFile,
  ServiceItem,
  Statement,
  Subject,
} from '../../syntax/tree.ts';

/** Hosts, networks, containers, zones and groups share one name space; services and interfaces have their own. */
export type NameSpace = 'subject' | 'service' | 'interface';

export interface Occurrence {
  readonly space: NameSpace;
  readonly text: string;
  readonly span: Span;
  readonly declares: boolean;
}

type Take = (space: NameSpace, name: Name, declares?: boolean) => void;

/** Every occurrence of a name in a file, in the order of the text. */
export function occurrencesIn(file: PolicyFile): readonly Occurrence[] {
  const found: Occurrence[] = [];
  const take: Take = (space, { text, span }, declares = false) => found.push({ space, text, span, declares });
  for (const statement of file.statements) takeStatement(statement, take);
  return found.sort((left, right) => left.span.start - right.span.start);
}

function takeStatement(statement: Statement, take: Take): void {
  switch (statement.kind) {
    case 'host':
      take('subject', statement.name, true);
      takeHostItems(statement, take);
      break;
    case 'zone':
      take('subject', statement.name, true);
      if (statement.on !== undefined) take('interface', statement.on);
      break;
    case 'network':
      take('subject', statement.name, true);
      takePlacements(statement.on, take);
      for (const item of statement.items) takeNetworkItem(item, take);
      break;
    case 'container':
      take('subject', statement.name, true);
      if (statement.on !== undefined) take('subject', statement.on);
      for (const item of statement.items) takeContainerItem(item, take);
      break;
    case 'group':
      take('subject', statement.name, true);
      takeSubjects(statement.members, take);
      break;
    case 'service':
      take('service', statement.name, true);
      takeServices(statement.items, take);
      break;
    case 'link':
      take('subject', statement.from);
      take('subject', statement.to);
      break;
    case 'allow':
    case 'deny':
    case 'expect':
      takeSubjects(statement.from, take);
      takeSubjects(statement.to, take);
      takeServices(statement.services, take);
      if (statement.kind === 'expect' && statement.outcome.kind === 'reaches')
        take('subject', statement.outcome.container);
      break;
    case 'connect':
      take('subject', statement.left.name);
      take('subject', statement.right.name);
      break;
    case 'include':
      break;
    default:
      statement satisfies never;
  }
}

function takeHostItems({ items }: HostBlock, take: Take): void {
  for (const item of items) {
    if (item.kind === 'interface') take('interface', item.name, true);
    if (item.kind === 'route' && item.on !== undefined) take('interface', item.on);
  }
}

function takeNetworkItem(item: NetworkItem, take: Take): void {
  switch (item.kind) {
    case 'bridge':
    case 'switch':
      take('interface', item.name, true);
      break;
    case 'physical':
      take('interface', item.bridge, true);
      take('interface', item.nic);
      break;
    case 'macvlan':
      take('interface', item.nic);
      break;
    case 'placement':
      takePlacements(item.placements, take);
      break;
    default:
      break;
  }
}

function takeContainerItem(item: ContainerItem, take: Take): void {
  switch (item.kind) {
    case 'attach':
      take('subject', item.network);
      for (const option of item.options)
        if (option.kind === 'alias' && option.on !== undefined) take('subject', option.on);
      break;
    case 'network-mode':
      if (item.container !== undefined) take('subject', item.container);
      break;
    case 'publish':
      takeSubjects(item.from ?? [], take);
      break;
    case 'alias':
      if (item.on !== undefined) take('subject', item.on);
      break;
    case 'plumb':
      take('subject', item.network);
      break;
    default:
      break;
  }
}

function takePlacements(placements: readonly NetworkPlacement[], take: Take): void {
  for (const { host, via } of placements) {
    take('subject', host);
    if (via !== undefined) take('interface', via);
  }
}

function takeSubjects(subjects: readonly Subject[], take: Take): void {
  for (const subject of subjects)
    if (subject.kind === 'named') take('subject', { text: subject.name, span: subject.span });
}

function takeServices(services: readonly ServiceItem[], take: Take): void {
  for (const service of services)
    if (service.kind === 'named') take('service', { text: service.name, span: service.span });
}

/** The occurrences of all files of a policy, to ask by place or by name. */
export interface NameIndex {
  /** The occurrence that an offset of a file lies in; both ends count. */
  readonly at: (fileName: string, offset: number) => Occurrence | undefined;
  readonly occurrencesOf: (space: NameSpace, text: string) => readonly Occurrence[];
}

export function indexNames(files: readonly PolicyFile[]): NameIndex {
  const byFile = new Map<string, readonly Occurrence[]>();
  const byName = new Map<string, Occurrence[]>();
  for (const file of files) {
    const occurrences = occurrencesIn(file);
    byFile.set(file.source.name, occurrences);
    for (const occurrence of occurrences) {
      const key = `${occurrence.space} ${occurrence.text}`;
      const known = byName.get(key);
      if (known === undefined) byName.set(key, [occurrence]);
      else known.push(occurrence);
    }
  }
  return {
    at: (fileName, offset) =>
      (byFile.get(fileName) ?? []).find(({ span }) => span.start <= offset && offset <= span.end),
    occurrencesOf: (space, text) => byName.get(`${space} ${text}`) ?? [],
  };
}
