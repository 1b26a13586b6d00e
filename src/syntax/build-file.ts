/** The statements of a file. */
import type { CstNode, IToken } from 'chevrotain';
import { clauseTwice, rejectOnAllow } from '../diagnostics/catalogue/syntax.ts';
import { report } from '../diagnostics/report.ts';
import { buildContainer } from './build-container.ts';
import { buildHost } from './build-host.ts';
import { buildNetwork } from './build-network.ts';
import { buildServices, buildSubjects, readPortService, readSubject } from './build-shared.ts';
import type { Building } from './building.ts';
import { nodeOf, nodesOf, tokenOf, tokensOf } from './cst.ts';
import { spanOfToken } from './layout.ts';
import type {
  AccessStatement,
  AnySubject,
  ConnectStatement,
  ExpectedOutcome,
  ExpectStatement,
  GroupStatement,
  IncludeStatement,
  LinkStatement,
  LiteralSubject,
  Name,
  PortService,
  ServiceItem,
  ServiceStatement,
  Statement,
  ZoneStatement,
} from './tree.ts';
import { readAddress, readPrefixOrAddress } from './values/address.ts';
import {
  readDeclaredName,
  readHostname,
  readInterfaceName,
  readName,
  reservedServices,
  reservedSubjects,
} from './values/name.ts';
import { readPortRange } from './values/port.ts';
import type { Complain } from './values/reading.ts';
import { readLogText, readPath } from './values/text.ts';

/** The statements of a parsed piece of a file. What could not be made sense of is left out; it has been complained about. */
export function buildStatements(building: Building, policy: CstNode): Statement[] {
  const ends = tokensOf(policy, 'end');
  return nodesOf(policy, 'statement').flatMap(
    (node, index) => buildStatement(building, node, ends[index]?.startOffset ?? building.file.text.length) ?? [],
  );
}

type Builder = (building: Building, node: CstNode, keyword: IToken, end: number) => Statement | undefined;

const builders: Readonly<Record<string, Builder>> = {
  zone: buildZone,
  group: buildGroup,
  service: buildService,
  link: buildLink,
  access: buildAccess,
  expect: buildExpect,
  connect: buildConnect,
  include: buildInclude,
};

function buildStatement(building: Building, node: CstNode, end: number): Statement | undefined {
  if (node.name === 'host') return buildHost(building, node, end);
  if (node.name === 'network') return buildNetwork(building, node, end);
  if (node.name === 'container') return buildContainer(building, node, end);
  const keyword = tokenOf(node, 'keyword');
  if (keyword === undefined) {
    building.refuseUnknown(node, 'file');
    return undefined;
  }
  const statement = builders[node.name]?.(building, node, keyword, end);
  building.checkSurplus(node, 'file');
  return statement;
}

function buildZone(building: Building, node: CstNode, keyword: IToken, end: number): ZoneStatement | undefined {
  const name = building.read(tokenOf(node, 'name'), (word, complain) =>
    readDeclaredName(word, reservedSubjects, complain),
  );
  const members = building.readAll(tokensOf(node, 'value'), readMember);
  const on = building.read(tokenOf(node, 'on'), readInterfaceName);
  return name && { kind: 'zone', name, members, on, span: building.span(keyword, end) };
}

function readMember(word: Name, complain: Complain): AnySubject | LiteralSubject | undefined {
  if (word.text === 'any') return { kind: 'any', span: word.span };
  const literal = readPrefixOrAddress(word, complain);
  return literal && { kind: 'literal', prefix: literal.value, span: word.span };
}

function buildGroup(building: Building, node: CstNode, keyword: IToken, end: number): GroupStatement | undefined {
  const name = building.read(tokenOf(node, 'name'), (word, complain) =>
    readDeclaredName(word, reservedSubjects, complain),
  );
  const members = building.readAll(tokensOf(node, 'value'), readSubject);
  return name && { kind: 'group', name, members, span: building.span(keyword, end) };
}

function buildService(building: Building, node: CstNode, keyword: IToken, end: number): ServiceStatement | undefined {
  const name = building.read(tokenOf(node, 'name'), (word, complain) =>
    readDeclaredName(word, reservedServices, complain),
  );
  const items = buildServices(building, nodeOf(node, 'services'));
  return name && { kind: 'service', name, items, span: building.span(keyword, end) };
}

function buildLink(building: Building, node: CstNode, keyword: IToken, end: number): LinkStatement | undefined {
  const from = building.read(tokenOf(node, 'from'), readName);
  const to = building.read(tokenOf(node, 'to'), readName);
  const aliasToken = tokenOf(node, 'value');
  const alias = building.read(aliasToken, readHostname);
  if (from === undefined || to === undefined || (aliasToken && !alias)) return undefined;
  return { kind: 'link', from, to, alias, span: building.span(keyword, end) };
}

/** Subjects and services of an `allow`, `deny` or `expect`. */
function buildFlows(
  building: Building,
  node: CstNode,
): Pick<AccessStatement, 'from' | 'to' | 'services'> & { readonly complete: boolean } {
  const [fromNode, toNode, servicesNode] = [nodeOf(node, 'from'), nodeOf(node, 'to'), nodeOf(node, 'services')];
  const from = buildSubjects(building, fromNode);
  const to = buildSubjects(building, toNode);
  const services = buildServices(building, servicesNode);
  const complete =
    from.length > 0 &&
    to.length > 0 &&
    from.length === count(fromNode) &&
    to.length === count(toNode) &&
    services.length === count(servicesNode);
  return { from, to, services, complete };
}

function count(node: CstNode | undefined): number {
  return node === undefined ? 0 : tokensOf(node, 'value').length;
}

/** Left out of the tree unless all of it is understood: fewer services would mean `any`, fewer subjects something else. */
function buildAccess(building: Building, node: CstNode, keyword: IToken, end: number): AccessStatement | undefined {
  const { complete, ...flows } = buildFlows(building, node);
  const [logToken, secondLog] = tokensOf(node, 'log');
  const [rejectToken, secondReject] = tokensOf(node, 'reject');
  const log = building.read(logToken, readLogText);
  const reject = rejectToken && spanOfToken(building.file, rejectToken);
  refuseSecond(building, 'log', logToken, secondLog);
  refuseSecond(building, 'reject', rejectToken, secondReject);
  const kind = keyword.image === 'deny' ? 'deny' : 'allow';
  if (kind === 'allow' && reject !== undefined) {
    building.complain(
      report(rejectOnAllow, reject, 'an `allow` cannot reject', { help: 'leave `reject` out, or write `deny`' }),
    );
  }
  if (!complete) return undefined;
  return { kind, ...flows, log, reject, span: building.span(keyword, end) };
}

function refuseSecond(building: Building, clause: string, first: IToken | undefined, second: IToken | undefined): void {
  if (first === undefined || second === undefined) return;
  const related = [{ span: spanOfToken(building.file, first), message: 'first said here' }];
  const span = spanOfToken(building.file, second);
  building.complain(report(clauseTwice, span, `the statement says \`${clause}\` twice`, { related }));
}

function buildExpect(building: Building, node: CstNode, keyword: IToken, end: number): ExpectStatement | undefined {
  const { complete, ...flows } = buildFlows(building, node);
  const outcome = buildOutcome(building, node, flows.services, end);
  if (!complete || outcome === undefined) return undefined;
  return { kind: 'expect', ...flows, outcome, span: building.span(keyword, end) };
}

function buildOutcome(
  building: Building,
  node: CstNode,
  services: readonly ServiceItem[],
  end: number,
): ExpectedOutcome | undefined {
  const token = tokenOf(node, 'outcome');
  if (token === undefined) return undefined;
  const span = building.span(token, end);
  switch (token.image) {
    case 'allowed':
    case 'blocked':
    case 'rejected':
      return { kind: token.image, span: spanOfToken(building.file, token) };
    case 'reaches': {
      const container = building.read(tokenOf(node, 'reached'), readName);
      const portToken = tokenOf(node, 'port');
      const service = building.read(portToken, (word, complain) => readReachedPort(word, services, complain));
      if (container === undefined || (portToken && !service)) return undefined;
      return { kind: 'reaches', container, service, span };
    }
    default: {
      const address = building.read(tokenOf(node, 'address'), readAddress);
      return address && { kind: 'leaves-as', address, span };
    }
  }
}

/** The port that a flow reaches; without a protocol that of the flow, where the expectation names just one. */
function readReachedPort(word: Name, services: readonly ServiceItem[], complain: Complain): PortService | undefined {
  if (word.text.includes('/')) return readPortService(word, complain);
  const ports = readPortRange(word, complain);
  const protocols = new Set(services.map((service) => (service.kind === 'port' ? service.protocol : undefined)));
  const [protocol] = protocols;
  if (ports === undefined) return undefined;
  if (protocols.size === 1 && protocol !== undefined) return { kind: 'port', protocol, ports, span: word.span };
  return readPortService(word, complain);
}

function buildConnect(building: Building, node: CstNode, keyword: IToken, end: number): ConnectStatement | undefined {
  const left = building.read(tokenOf(node, 'left'), readName);
  const leftAddress = building.read(tokenOf(node, 'leftAddress'), readAddress);
  const right = building.read(tokenOf(node, 'right'), readName);
  const rightAddress = building.read(tokenOf(node, 'rightAddress'), readAddress);
  if (left === undefined || leftAddress === undefined || right === undefined || rightAddress === undefined)
    return undefined;
  return {
    kind: 'connect',
    left: { name: left, address: leftAddress },
    right: { name: right, address: rightAddress },
    span: building.span(keyword, end),
  };
}

function buildInclude(building: Building, node: CstNode, keyword: IToken, end: number): IncludeStatement | undefined {
  const path = building.read(tokenOf(node, 'value'), readPath);
  return path && { kind: 'include', path, span: building.span(keyword, end) };
}
