/** Words that fit what the grammar takes at a place: names of the right kind, keywords, and what the model knows. */
import { CompletionItemKind } from 'vscode-languageserver';
import { icmpTypes } from '../../model/icmp-types.ts';
import type { Container } from '../../model/model.ts';
import { formatAddress } from '../../net/address.ts';
import { formatPortRange } from '../../net/port.ts';
import { portProtocols } from '../../net/protocol.ts';
import type { ContainerBlock, Statement } from '../../syntax/tree.ts';
import type { Analysis } from '../workspace/analysis.ts';
import type { Expected, Place } from './place.ts';

export interface Candidate {
  readonly text: string;
  readonly kind: CompletionItemKind;
  readonly detail: string;
}

export interface Question {
  readonly analysis: Analysis;
  readonly place: Place;
}

type Source = (question: Question, rule: string) => readonly Candidate[];

type Declaring = Extract<Statement, { readonly kind: 'host' | 'network' | 'container' | 'zone' | 'group' | 'service' }>;

const kinds: Readonly<Record<Declaring['kind'], CompletionItemKind>> = {
  host: CompletionItemKind.Module,
  network: CompletionItemKind.Interface,
  container: CompletionItemKind.Class,
  zone: CompletionItemKind.Field,
  group: CompletionItemKind.Enum,
  service: CompletionItemKind.Constant,
};

function isDeclaring(statement: Statement): statement is Declaring {
  return Object.hasOwn(kinds, statement.kind);
}

/** What is declared, of some kinds, each name once. */
function declared({ analysis }: Question, wanted: readonly Declaring['kind'][]): readonly Candidate[] {
  const found = new Map<string, Candidate>();
  for (const { statements } of analysis.files) {
    for (const statement of statements) {
      if (!isDeclaring(statement)) continue;
      const text = statement.name.text;
      const isKnown = found.has(text) || (statement.kind === 'service') !== wanted.includes('service');
      if (!isKnown) found.set(text, { text, kind: kinds[statement.kind], detail: statement.kind });
    }
  }
  return [...found.values()].filter(({ detail }) => wanted.some((kind) => kind === detail));
}

function words(detail: string, ...texts: readonly string[]): readonly Candidate[] {
  return texts.map((text) => ({ text, kind: CompletionItemKind.Keyword, detail }));
}

const without = (candidates: readonly Candidate[], names: Iterable<string | undefined>): readonly Candidate[] => {
  const excluded = new Set(names);
  return candidates.filter(({ text }) => !excluded.has(text));
};

/** The name of the container or host whose block the place is in. */
function blockName({ place }: Question): string | undefined {
  return place.headers[0]?.[1];
}

/** The block of the container that the place is in. */
function containerBlock(question: Question): ContainerBlock | undefined {
  const name = blockName(question);
  for (const { statements } of question.analysis.files)
    for (const statement of statements)
      if (statement.kind === 'container' && statement.name.text === name) return statement;
  return undefined;
}

/** The networks that other `attach` items of the block name. */
function attachedNetworks(question: Question): readonly string[] {
  const { word } = question.place;
  return (containerBlock(question)?.items ?? []).flatMap((item) =>
    item.kind === 'attach' && item.network.span.start !== word.start ? [item.network.text] : [],
  );
}

const networkName: Source = (question, rule) => {
  const networks = declared(question, ['network']);
  if (rule === 'networkHeader') return [];
  if (rule === 'attachHeader') return without(networks, attachedNetworks(question));
  const attached = new Set(attachedNetworks(question));
  const isAlias = question.place.before[0] === 'alias';
  return isAlias ? networks.filter(({ text }) => attached.has(text)) : networks;
};

const containerName: Source = (question, rule) => {
  if (rule === 'containerHeader') return [];
  const { before } = question.place;
  const isLinkTarget = rule === 'link' && before.length > 2;
  return without(declared(question, ['container']), isLinkTarget ? [before[1]] : []);
};

const subject: Source = (question, rule) => {
  const { before } = question.place;
  const own = rule === 'group' ? [before[1]] : [];
  return [
    ...without(declared(question, ['host', 'network', 'container', 'zone', 'group']), own),
    ...words('everything, the host included', 'any'),
  ];
};

const service: Source = (question) => {
  const { before } = question.place;
  const own = before[0] === 'service' ? [before[1]] : [];
  return [
    ...without(declared(question, ['service']), own),
    ...words('every service', 'any'),
    ...words('a protocol, all of its ports', ...portProtocols),
  ];
};

/** Interfaces of the host: those that its block names, and the bridges to a NIC, which take its place. */
const interfaceName: Source = ({ analysis, place }, rule) => {
  const refers = rule === 'zone' || ((rule === 'networkItem' || rule === 'hostItem') && place.before.at(-1) === 'on');
  if (!refers && rule !== 'placement') return [];
  const host = rule === 'hostItem' ? place.headers[0]?.[1] : undefined;
  const own = analysis.model.hosts.filter(({ name }) => host === undefined || name === host);
  const bridges = analysis.model.networks.filter(({ networkKind }) => networkKind === 'physical' && rule === 'zone');
  const names = [
    ...own.flatMap(({ interfaces }) => interfaces.map(({ name }) => name)),
    ...bridges.map((one) => one.bridge),
  ];
  return [...new Set(names)].map((text) => ({ text, kind: CompletionItemKind.Variable, detail: 'interface' }));
};

const networkMode: Source = (question) => [
  ...words("the host's own network", 'host'),
  ...words('no network', 'none'),
  ...without(declared(question, ['container']), [blockName(question)]).map((candidate) => ({
    ...candidate,
    text: `container:${candidate.text}`,
    detail: `the network of ${candidate.text}`,
  })),
];

/** Ports: behind `reaches CONTAINER` those that the container exposes. */
const port: Source = ({ analysis, place }) => {
  if (place.before[0] !== 'expect') return [];
  const reached: Container | undefined = analysis.model.containers.find(({ name }) => name === place.before.at(-1));
  return (reached?.exposed ?? []).map(({ ports, protocol }) => ({
    text: `${formatPortRange(ports)}/${protocol}`,
    kind: CompletionItemKind.Value,
    detail: `exposed by ${reached?.name}`,
  }));
};

/** Addresses: behind `leaves as` those of the host. */
const address: Source = ({ analysis, place }) => {
  if (place.before[0] !== 'expect') return [];
  return analysis.model.hosts.flatMap(({ interfaces }) =>
    interfaces.flatMap(({ name, addresses }) =>
      addresses.map((one) => ({
        text: formatAddress(one.address),
        kind: CompletionItemKind.Value,
        detail: `the host's, on ${name}`,
      })),
    ),
  );
};

/** What fills each role of the grammar. Roles that are not listed are filled in by the user alone. */
const sources: Readonly<Record<string, Source>> = {
  HostName: (question, rule) => (rule === 'hostHeader' ? [] : declared(question, ['host'])),
  NetworkName: networkName,
  ContainerName: containerName,
  EndName: (question) => declared(question, ['host', 'container']),
  Subject: subject,
  Service: service,
  InterfaceName: interfaceName,
  IcmpType: () => words('a type of ICMP message', ...icmpTypes.keys()),
  NetworkMode: networkMode,
  Switch: () => words('a switch', 'on', 'off'),
  GatewayMode: () => words('a gateway mode', 'nat', 'routed', 'isolated'),
  Destination: () => words('everything that no other route takes', 'default'),
  Prefix: (_question, rule) => (rule === 'zone' ? words('every address outside', 'any') : []),
  Publication: () => words('every exposed port, on free ports of the host', 'all'),
  Port: port,
  Address: address,
};

/** Keywords that the grammar takes inside of a statement, unless they are there already or mean nothing in it. */
function keyword({ place }: Question, text: string): readonly Candidate[] {
  const isRepeated = (text === 'log' || text === 'reject') && place.before.includes(text);
  if (isRepeated || (text === 'reject' && place.before[0] === 'allow')) return [];
  return words(`part of \`${place.before[0] ?? ''}\``, text);
}

const keywordPrefix = 'Keyword-';

/** The candidates for one thing that the grammar takes. */
export function candidatesFor(question: Question, { type, rule }: Expected): readonly Candidate[] {
  if (type.name.startsWith(keywordPrefix)) return keyword(question, type.name.slice(keywordPrefix.length));
  const source = Object.hasOwn(sources, type.name) ? sources[type.name] : undefined;
  return source === undefined ? [] : source(question, rule);
}
