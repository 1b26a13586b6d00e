/** Headers that a comparison reads have to be named in iptables: the protocol, and on a bridge the type of the frame. */
import { type Expression, meta, payload } from '../../ruleset/expression.ts';
import type { Chain } from '../../ruleset/ruleset.ts';
import { equals, type MatchStatement, type Statement } from '../../ruleset/statement.ts';
import { integer } from '../../ruleset/value.ts';
import type { TargetFamily } from './family.ts';

const etherTypes: Readonly<Record<string, number>> = {
  ip: 0x0800,
  icmp: 0x0800,
  arp: 0x0806,
  ip6: 0x86dd,
  icmpv6: 0x86dd,
};
const protocols: Readonly<Record<string, number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  icmpv6: 58,
  dccp: 33,
  sctp: 132,
  udplite: 136,
};

export function withImplied(chain: Chain, family: TargetFamily): Chain {
  const rules = chain.rules.map((rule) => {
    const headers = rule.statements.flatMap((statement) =>
      statement.kind === 'match' ? headersOf(statement.left) : [],
    );
    const implied = impliedTests(headers, rule.statements, family);
    return implied.length === 0 ? rule : { ...rule, statements: [...implied, ...rule.statements] };
  });
  return { ...chain, rules };
}

/** The tests of these headers that the statements do not make themselves. */
export function impliedTests(
  headers: readonly string[],
  statements: readonly Statement[],
  family: TargetFamily,
): readonly MatchStatement[] {
  const protocol = saysProtocol(statements) ? undefined : first(headers, protocols);
  const etherType = family !== 'bridge' || saysType(statements) ? undefined : first(headers, etherTypes);
  return [
    ...(etherType === undefined ? [] : [equals(payload('ether', 'type'), integer(etherType))]),
    ...(protocol === undefined ? [] : [equals(meta('l4proto'), integer(protocol))]),
  ];
}

function first(headers: readonly string[], numbers: Readonly<Record<string, number>>): number | undefined {
  for (const header of headers) {
    const number = numbers[header];
    if (number !== undefined) return number;
  }
  return undefined;
}

export function headersOf(expression: Expression): readonly string[] {
  if (expression.kind === 'payload') return [expression.protocol];
  return expression.kind === 'bitwise' ? headersOf(expression.left) : [];
}

const saysProtocol = (statements: readonly Statement[]): boolean =>
  statements.some(
    (statement) => statement.kind === 'match' && statement.left.kind === 'meta' && statement.left.key === 'l4proto',
  );

const saysType = (statements: readonly Statement[]): boolean =>
  statements.some(
    (statement) =>
      statement.kind === 'match' &&
      statement.left.kind === 'payload' &&
      statement.left.protocol === 'ether' &&
      statement.left.field === 'type',
  );
