/** What a statement covers, in words. */
import type { Access, Link, Model, Outcome } from '../../model/model.ts';
import { formatAddress } from '../../net/address.ts';
import { formatPortRange } from '../../net/port.ts';
import type { Span } from '../../source/span.ts';
import type { EvaluatedExpectation, EvaluatedRules } from '../workspace/evaluation.ts';
import { page } from './declared.ts';
import { addressesOf, code, list, publicationText, servicesText, subjectsText } from './words.ts';

/** `allow` or `deny` at a place; undefined when it has an error. */
export function describeAccess(model: Model, span: Span): string | undefined {
  const access = model.access.find((one) => one.span === span);
  return access && (access.action === 'allow' ? describeAllow(access) : describeDeny(access));
}

function describeAllow({ from, to, services, log }: Access): string {
  return page('**allow**: these connections may be opened, and their replies pass', [
    ...sides(from, to, services),
    'by the real addresses: the source before masquerading, the destination after translation',
    'a `deny` that covers the same beats it',
    ...logLine(log),
  ]);
}

function describeDeny({ from, to, services, log, reject }: Access): string {
  const how = reject ? 'refused: TCP with a reset, the rest with "port unreachable"' : 'dropped without an answer';
  return page(`**deny**: these connections are ${how}`, [
    ...sides(from, to, services),
    'by the destination as it is sent as well as by the real one, so published ports are closed too',
    'nothing beats it',
    ...logLine(log),
  ]);
}

function sides(from: Access['from'], to: Access['to'], services: Access['services']): readonly string[] {
  return [`from ${subjectsText(from)}`, `to ${subjectsText(to)}`, `on ${servicesText(services)}`];
}

function logLine(log: string | undefined): readonly string[] {
  return log === undefined ? [] : [`logged as ${code(log)}`];
}

export function describeLink(model: Model, span: Span): string | undefined {
  const link = model.links.find((one) => one.span === span);
  if (link === undefined) return undefined;
  const { from, to } = link;
  const ports = to.exposed.map(({ ports: range, protocol }) => code(`${formatPortRange(range)}/${protocol}`));
  return page(`**link**: ${code(from.name)} may open connections to ${code(to.name)}, not the other way round`, [
    ports.length === 0 ? `on no port: ${code(to.name)} exposes nothing` : `on what it exposes: ${list(ports)}`,
    ...commonNetworks(link),
  ]);
}

function commonNetworks({ from, to }: Link): readonly string[] {
  return to.endpoints.flatMap((endpoint) => {
    const own = from.endpoints.find((one) => one.network.name === endpoint.network.name);
    return own === undefined
      ? []
      : [`over ${code(endpoint.network.name)}: ${addressesOf(own)} → ${addressesOf(endpoint)}`];
  });
}

/** The publications that a `publish` statement makes. */
export function describePublish(model: Model, container: string, span: Span): string | undefined {
  const publications = (model.containers.find(({ name }) => name === container)?.publications ?? []).filter(
    (one) => one.span.file === span.file && span.start <= one.span.start && one.span.end <= span.end,
  );
  if (publications.length === 0) return undefined;
  const serves = publications.some(({ from }) => from === undefined)
    ? ['without `from` it serves the outside, the host, and containers of networks that are not `internal`']
    : [];
  const target = publications[0]?.target;
  const where = target === undefined ? '' : `, at ${addressesOf(target)} on ${code(target.network.name)}`;
  return page(`**publish**: ports of ${code(container)}${where}`, [
    list(publications.map(publicationText), '\n- '),
    ...serves,
  ]);
}

/** The addresses that an `attach` gives. */
export function describeAttach(model: Model, container: string, span: Span): string | undefined {
  const endpoint = model.containers.find(({ name }) => name === container)?.endpoints.find((one) => one.span === span);
  if (endpoint === undefined) return undefined;
  return `**attach**: ${code(container)} is on ${code(endpoint.network.name)} as ${addressesOf(endpoint)}`;
}

/** What an expectation asks, and whether it holds; `evaluated` is undefined while that is not known. */
export function describeExpectation(
  model: Model,
  span: Span,
  evaluated: EvaluatedExpectation | undefined,
): string | undefined {
  const expectation = model.expectations.find((one) => one.span === span);
  if (expectation === undefined) return undefined;
  const { from, to, services, outcome } = expectation;
  return page(`**expect**: ${outcomeText(outcome)}, for every packet`, [
    ...sides(from, to, services),
    resultText(evaluated),
  ]);
}

function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'reaches': {
      const { service } = outcome;
      return `reaches ${code(outcome.container.name)}${service === undefined ? '' : ` on port ${code(formatPortRange(service.ports))}`}`;
    }
    case 'leaves-as':
      return `leaves as ${code(formatAddress(outcome.address))}`;
    default:
      return outcome.kind;
  }
}

function holdingText({ proved, packets = 0 }: EvaluatedExpectation): string {
  if (proved) return 'for every packet, which is proved';
  return `${packets} ${packets === 1 ? 'packet stands' : 'packets stand'} for all of them`;
}

/** Whether the rules that a host gets are proved to do what the policy means. */
export function rulesText(rules: EvaluatedRules | undefined): string {
  switch (rules?.kind) {
    case undefined:
      return 'its rules: not known yet whether they are proved';
    case 'proved':
      return `its rules are **proved**: for every packet of ${rules.classes} kinds they do what the policy means`;
    case 'refuted':
    case 'undecided':
      return `its rules are **not proved**: ${rules.diagnostics[0]?.message ?? ''}`;
    case 'left-out':
      return 'its rules are proved by `ctfw compile`; the policy is too large to do it while you type';
    case 'fault':
      return 'its rules are not proved, by a fault of ctfw itself; `ctfw compile` says which';
  }
}

function resultText(evaluated: EvaluatedExpectation | undefined): string {
  if (evaluated === undefined) return 'not known yet whether it holds: first the errors have to be mended';
  const [diagnostic] = evaluated.diagnostics;
  switch (evaluated.kind) {
    case 'holds':
      return `**holds**: ${holdingText(evaluated)}`;
    case 'covers-nothing':
      return '**says nothing**: no packet goes from the left side to the right side';
    case 'fails':
      return `**does not hold**: ${diagnostic?.message ?? ''}${diagnostic?.help === undefined ? '' : `; ${diagnostic.help}`}`;
  }
}
