/** The order in which ebtables compares and lists the parts of a bridge rule. */
import type { Expression } from '../../../ruleset/expression.ts';
import type { Statement } from '../../../ruleset/statement.ts';
import { unmasked } from '../text/format.ts';

const basicFields = ['ether type', 'ether saddr', 'ether daddr'];
const basicKeys = ['iifname', 'oifname', 'ibrname', 'obrname'];

/** The place of what ebtables compares first: frame type, addresses, interfaces. */
export function bridgeBasicPlace(statement: Statement): number | undefined {
  if (statement.kind !== 'match') return undefined;
  const { base } = unmasked(statement.left);
  const field = base.kind === 'payload' ? basicFields.indexOf(`${base.protocol} ${base.field}`) : -1;
  if (field !== -1) return field;
  const key = base.kind === 'meta' ? basicKeys.indexOf(base.key) : -1;
  return key === -1 ? undefined : basicFields.length + key;
}

interface Place {
  readonly module: string;
  readonly rank: number;
}

/** Options of one module in its own order. Headers of IP and above belong to one module. */
const fields: Readonly<Record<string, Place>> = Object.fromEntries(
  Object.entries({
    network: ['saddr', 'daddr', 'class', 'l4proto', 'type', 'code', 'sport', 'dport'],
    arp: ['operation', 'htype', 'ptype', 'saddr ip', 'daddr ip', 'saddr ether', 'daddr ether'],
    vlan: ['id', 'pcp'],
  }).flatMap(([module, names]) => names.map((name, rank) => [`${module} ${name}`, { module, rank }])),
);

function placeOf(expression: Expression): Place | undefined {
  const { base } = unmasked(expression);
  switch (base.kind) {
    case 'raw-payload':
      return fields['network class'];
    case 'payload':
      return base.protocol === 'arp' || base.protocol === 'vlan'
        ? fields[`${base.protocol} ${base.field}`]
        : fields[`network ${base.field}`];
    case 'meta':
      return base.key === 'l4proto' ? fields['network l4proto'] : { module: base.key, rank: 0 };
    default:
      return undefined;
  }
}

/** Puts the options of a module together, at its first one; nothing moves past what is no plain comparison. */
export function orderBridgeMatches(statements: readonly Statement[]): readonly Statement[] {
  const end = statements.findIndex((statement) => statement.kind !== 'match');
  const plain = end === -1 ? statements : statements.slice(0, end);
  const first = new Map<string, number>();
  const keyed = plain.map((statement, index) => {
    const place = statement.kind === 'match' ? placeOf(statement.left) : undefined;
    const module = place?.module ?? `${index}`;
    if (!first.has(module)) first.set(module, index);
    return { statement, place: first.get(module) ?? index, rank: place?.rank ?? 0 };
  });
  keyed.sort((left, right) => left.place - right.place || left.rank - right.rank);
  return [...keyed.map(({ statement }) => statement), ...statements.slice(plain.length)];
}
