/** A plan for people: what changes for packets first, then what is sent to the kernel, then what was found. */

import type { Plan } from '../../apply/plan/plan.ts';
import { isJsonArray, isJsonObject, type Json } from '../../backends/nftables/json.ts';
import type { Connection } from '../../host/gather/gathered.ts';
import { formatAddress } from '../../net/address.ts';
import { protocolName } from '../../net/protocol.ts';

/** Lines of one part; the plan file has them all. */
const mostLines = 40;

export function showPlan(plan: Plan): string {
  const parts = [
    [
      `plan for host ${plan.host} by ${plan.policy.name}, made ${new Date(plan.at).toISOString()} by ctfw ${plan.version}`,
    ],
    section('what changes for packets', plan.meaning),
    [changeTitle(plan), ...section('', changeLines(plan)).slice(1)],
    section(
      'kernel settings',
      plan.sysctls.map(({ name, before, after, why }) => `${name}: ${before ?? 'not there'} -> ${after} (${why})`),
    ),
    section(
      'connections that end',
      plan.connections.map(({ connection, why }) => `${connectionText(connection)}: ${why}`),
    ),
    section('found', findingLines(plan)),
  ];
  const shown = parts.filter((lines) => lines.length > 0).map((lines) => lines.map(plain).join('\n'));
  return `${shown.join('\n\n')}\n`;
}

/** A stored plan may hold anything, and what it holds must not steer a terminal. */
function plain(line: string): string {
  return line.replaceAll(/\p{Cc}|\p{Cf}/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** Whether anything would change. */
export function changesAnything({ change, sysctls, connections }: Plan): boolean {
  return change.how !== 'nothing' || sysctls.length > 0 || connections.length > 0;
}

export function findingLines({ findings }: Pick<Plan, 'findings'>): readonly string[] {
  return findings.flatMap(({ code, severity, message, help, place }) => [
    `${severity} ${code}: ${place === undefined ? '' : `${place}: `}${message}`,
    ...(help === undefined ? [] : [`  ${help}`]),
  ]);
}

function section(title: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  const shown = lines.slice(0, mostLines).map((line) => `  ${line}`);
  const rest = lines.length - shown.length;
  return [title, ...shown, ...(rest > 0 ? [`  and ${rest} more`] : [])];
}

function changeTitle({ change }: Plan): string {
  const { how, elementsAdded, elementsRemoved, rules, bytes } = change;
  const counts = `${elementsAdded} elements added, ${elementsRemoved} removed, ${rules} rules, ${bytes} bytes`;
  switch (how) {
    case 'nothing':
      return 'rules: nothing changes';
    case 'elements':
      return `rules: elements of sets alone, in one transaction; no rule is touched, no counter reset (${counts})`;
    case 'parts':
      return `rules: the chains and sets that differ, in one transaction (${counts})`;
    case 'whole':
      return `rules: all of our tables, in one transaction (${counts})`;
    case 'staged':
      return `rules: all of our tables, loaded beside the old ones and activated by one transaction (${counts})`;
    case 'tables':
      return `rules: table by table, new connections wait meanwhile (${counts})`;
  }
}

/** The commands of the transaction, a line each; a whole replacement says nothing that the emitted rules do not. */
function changeLines({ change }: Plan): readonly string[] {
  if (change.how === 'tables') return change.documents.flatMap((document) => document.trimEnd().split('\n'));
  if (change.how !== 'elements' && change.how !== 'parts') return [];
  return change.documents.flatMap((document) => commandsOf(document).flatMap(commandLines));
}

function commandsOf(document: string): readonly Json[] {
  try {
    const json = JSON.parse(document) as Json;
    return isJsonObject(json) && isJsonArray(json.nftables) ? json.nftables : [];
  } catch {
    return [];
  }
}

function commandLines(command: Json): readonly string[] {
  const [verb = '', given] = isJsonObject(command) ? (Object.entries(command)[0] ?? []) : [];
  const [kind = '', body] = isJsonObject(given) ? (Object.entries(given)[0] ?? []) : [];
  if (!isJsonObject(body)) return [];
  const sign = verb === 'add' ? '+' : verb === 'delete' ? '-' : '~';
  const table = kind === 'table' ? '' : ` ${body.table}`;
  const place = `${body.family}${table} ${body.name ?? body.chain}`;
  const elements = isJsonArray(body.elem) ? body.elem : [];
  if (kind === 'element') return elements.map((element) => `${sign} ${place}: ${JSON.stringify(element)}`);
  const detail =
    kind === 'rule' ? `: ${JSON.stringify(body.expr)}` : elements.length > 0 ? ` with ${elements.length} elements` : '';
  return [`${sign} ${kind} ${place}${detail}`];
}

export function connectionText({ protocol, original }: Connection): string {
  const end = (address: typeof original.source, port: number | undefined): string =>
    port === undefined
      ? formatAddress(address)
      : `${address.family === 'ipv6' ? `[${formatAddress(address)}]` : formatAddress(address)}:${port}`;
  return `${protocolName(protocol)} ${end(original.source, original.sourcePort)} -> ${end(original.destination, original.destinationPort)}`;
}
