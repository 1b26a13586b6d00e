/** Which protocols statements need and make sure of: what nft adds to rules by itself, and leaves out when it lists them. */
import type { Expression, PayloadProtocol } from '../../ruleset/expression.ts';
import { expressionsOf } from '../../ruleset/map-expressions.ts';
import type { TableFamily } from '../../ruleset/ruleset.ts';
import { equals, type MatchStatement, type RejectStatement, type Statement } from '../../ruleset/statement.ts';
import { integer } from '../../ruleset/value.ts';

/** A protocol of one layer: the family of a packet (as in `meta nfproto`), or its transport protocol. */
export interface ProtocolFact {
  readonly layer: 'network' | 'transport';
  readonly number: number;
}

const ipv4: ProtocolFact = { layer: 'network', number: 2 };
const ipv6: ProtocolFact = { layer: 'network', number: 10 };
const arp: ProtocolFact = { layer: 'network', number: 3 };
const tcp: ProtocolFact = { layer: 'transport', number: 6 };

/** Transport protocols whose headers payload expressions read. */
const transportNumbers: Partial<Record<PayloadProtocol, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  dccp: 33,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  comp: 108,
  sctp: 132,
  udplite: 136,
};

const transportNames = new Map(
  Object.entries(transportNumbers).map(([name, number]) => [number, name as PayloadProtocol]),
);

/** The protocol whose header has a transport number's fields. */
export function payloadProtocolOf(number: number): PayloadProtocol | undefined {
  return transportNames.get(number);
}

/** What is known of every packet that a table of this family sees. */
export function factsOfFamily(family: TableFamily): readonly ProtocolFact[] {
  return family === 'ip' ? [ipv4] : family === 'ip6' ? [ipv6] : [];
}

const familyOfEtherType = new Map([
  [0x0800, ipv4],
  [0x0806, arp],
  [0x86dd, ipv6],
]);

const etherTypeOfFamily = new Map([...familyOfEtherType].map(([type, fact]) => [fact.number, type]));

/** The protocol that a match makes sure of, if that is all it does. Frames name it by their type. */
export function factOf(statement: Statement, family: TableFamily): ProtocolFact | undefined {
  if (statement.kind !== 'match' || statement.operator !== '==' || statement.right.kind !== 'value') return undefined;
  const { value } = statement.right;
  if (value.kind !== 'integer') return undefined;
  switch (nameOf(statement.left)) {
    case 'meta l4proto':
    case 'ip protocol':
    case 'ip6 nexthdr':
      return { layer: 'transport', number: value.value };
    case 'meta nfproto':
      return [ipv4, ipv6].find((fact) => fact.number === value.value);
    case 'meta protocol':
    case 'ether type':
      return seesFrames(family) ? familyOfEtherType.get(value.value) : undefined;
    default:
      return undefined;
  }
}

function nameOf(expression: Expression): string {
  if (expression.kind === 'meta') return `meta ${expression.key}`;
  return expression.kind === 'payload' ? `${expression.protocol} ${expression.field}` : '';
}

function seesFrames(family: TableFamily): boolean {
  return family === 'bridge' || family === 'netdev';
}

/** The match that makes sure of a protocol. */
export function matchOf(fact: ProtocolFact, family: TableFamily): MatchStatement {
  if (fact.layer === 'transport') return equals({ kind: 'meta', key: 'l4proto' }, integer(fact.number));
  if (!seesFrames(family)) return equals({ kind: 'meta', key: 'nfproto' }, integer(fact.number));
  return equals({ kind: 'meta', key: 'protocol' }, integer(etherTypeOfFamily.get(fact.number) ?? 0));
}

/** The protocols that a statement needs, the outer layer first. */
export function needsOf(statement: Statement): readonly ProtocolFact[] {
  const needs = expressionsOf(statement).flatMap(needsOfExpression);
  return statement.kind === 'reject' ? [...needs, ...needsOfReject(statement)] : needs;
}

function needsOfExpression(expression: Expression): readonly ProtocolFact[] {
  if (expression.kind !== 'payload') return [];
  const { protocol } = expression;
  if (protocol === 'ip') return [ipv4];
  if (protocol === 'ip6') return [ipv6];
  if (protocol === 'arp') return [arp];
  const number = transportNumbers[protocol];
  if (number === undefined) return [];
  const transport: ProtocolFact = { layer: 'transport', number };
  if (protocol === 'icmp') return [ipv4, transport];
  return protocol === 'icmpv6' ? [ipv6, transport] : [transport];
}

function needsOfReject(statement: RejectStatement): readonly ProtocolFact[] {
  switch (statement.with) {
    case 'tcp-reset':
      return [tcp];
    case 'icmp':
      return [ipv4];
    case 'icmpv6':
      return [ipv6];
    case 'icmpx':
      return [];
  }
}

/** What the statements of a rule so far have made sure of. */
export class KnownProtocols {
  private readonly numbers = new Map<ProtocolFact['layer'], number>();
  private readonly family: TableFamily;

  constructor(family: TableFamily) {
    this.family = family;
    for (const fact of factsOfFamily(family)) this.learn(fact);
  }

  number(layer: ProtocolFact['layer']): number | undefined {
    return this.numbers.get(layer);
  }

  learn(fact: ProtocolFact): void {
    this.numbers.set(fact.layer, fact.number);
  }

  /** Learns what a statement needs and makes sure of; gives the needs that were not met before. */
  pass(statement: Statement): readonly ProtocolFact[] {
    const unmet: ProtocolFact[] = [];
    for (const need of needsOf(statement)) {
      if (this.numbers.has(need.layer)) continue;
      unmet.push(need);
      this.learn(need);
    }
    const fact = factOf(statement, this.family);
    if (fact !== undefined) this.learn(fact);
    return unmet;
  }
}

/**
 * A rule's statements with the protocol that a reject answers matched right before it, unless statements before it do. Left to
 * itself nft puts that match at the start of the rule, so that counters and logs before the reject would no longer see the
 * other packets; written out, the rule does what it says.
 */
export function withRejectNeeds(statements: readonly Statement[], family: TableFamily): readonly Statement[] {
  if (!statements.some((statement) => statement.kind === 'reject')) return statements;
  const known = new KnownProtocols(family);
  return statements.flatMap((statement): readonly Statement[] => {
    const unmet = known.pass(statement);
    return statement.kind === 'reject' ? [...unmet.map((need) => matchOf(need, family)), statement] : [statement];
  });
}
