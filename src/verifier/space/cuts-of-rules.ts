/** What rules tell apart: every constant in them, as the kind of value that it is compared with. */

import { addressBits } from '../../net/address.ts';
import { maskValue } from '../../net/prefix.ts';
import type { Expression } from '../../ruleset/expression.ts';
import type { Ruleset, Table } from '../../ruleset/ruleset.ts';
import type { MapElement, MapReference, SetElement, SetReference } from '../../ruleset/set.ts';
import type { NatOperand, Operand, Statement } from '../../ruleset/statement.ts';
import type { Interval, Value } from '../../ruleset/value.ts';
import type { CutCollector } from './cuts.ts';
import type { Kind } from './fields.ts';
import { reachedBy } from './nat-range.ts';

/** What a part of an expression is compared with. */
type PartKind = Exclude<Kind, 'origin'> | 'name' | 'mark' | undefined;

export function cutByRules(cuts: CutCollector, rulesets: readonly Ruleset[]): void {
  for (const table of rulesets.flatMap(({ tables }) => tables)) new TableCutter(cuts, table).cut();
}

class TableCutter {
  private readonly cuts: CutCollector;
  private readonly table: Table;
  /** Collections that were read already, by how they are used. */
  private readonly done = new Set<string>();

  constructor(cuts: CutCollector, table: Table) {
    this.cuts = cuts;
    this.table = table;
  }

  cut(): void {
    for (const { rules } of this.table.chains)
      for (const { statements } of rules) for (const statement of statements) this.statement(statement);
  }

  private statement(statement: Statement): void {
    switch (statement.kind) {
      case 'match':
        this.expression(statement.left);
        this.operand(statement.left, statement.right);
        return;
      case 'vmap':
        this.expression(statement.key);
        this.map(statement.key, statement.map, []);
        return;
      case 'nat':
        this.natOperand(statement.address, 'address');
        this.natOperand(statement.port, 'port');
        return;
      case 'assign':
        this.expression(statement.target);
        this.expression(statement.value);
        if (statement.value.kind === 'constant' && kindOf(statement.target) === 'mark') this.cuts.addMark(0xffff_ffff);
        else if (kindOf(statement.target) === 'mark') this.assignedMark(statement.value);
        return;
      default:
        return;
    }
  }

  /** The bits that an assignment of `mark & A | B` changes. */
  private assignedMark(value: Expression): void {
    if (value.kind !== 'bitwise') return;
    this.assignedMark(value.left);
    const constant =
      value.right.kind === 'constant' && value.right.value.kind === 'integer' ? value.right.value.value : undefined;
    if (constant === undefined || value.operation === 'lshift' || value.operation === 'rshift')
      this.cuts.addMark(0xffff_ffff);
    else this.cuts.addMark(value.operation === 'and' ? ~constant >>> 0 : constant);
  }

  /** Maps inside of expressions. */
  private expression(expression: Expression): void {
    if (expression.kind === 'concat') for (const part of expression.parts) this.expression(part);
    else if (expression.kind === 'bitwise') this.expression(expression.left);
    else if (expression.kind === 'map') {
      this.expression(expression.key);
      this.map(expression.key, expression.map, []);
    }
  }

  private operand(left: Expression, right: Operand): void {
    const parts = partsOf(left);
    if (right.kind === 'value') this.value(parts, parts.map(kindOf), right.value);
    else if (right.kind === 'set') this.set(parts, right.set);
    else if (right.kind === 'redacted') return;
    else if (kindOf(left) === 'tcpFlags') this.cuts.addEach('tcpFlags');
    else if (kindOf(left) === 'mark') this.cuts.addMark(right.bits);
  }

  private set(parts: readonly Expression[], reference: SetReference): void {
    if (reference.kind === 'anonymous') {
      this.values(parts, reference.elements);
      return;
    }
    if (this.isDone(`set ${reference.name}`, parts)) return;
    this.values(parts, this.table.sets.find(({ name }) => name === reference.name)?.elements ?? []);
  }

  private map(key: Expression, reference: MapReference, data: readonly PartKind[]): void {
    const parts = partsOf(key);
    if (reference.kind === 'named' && this.isDone(`map ${reference.name} ${data.join()}`, parts)) return;
    const kinds = parts.map(kindOf);
    for (const element of mapElements(this.table, reference)) {
      this.value(parts, kinds, element.key);
      if (element.data.kind !== 'value') continue;
      const values = element.data.value.kind === 'concatenation' ? element.data.value.parts : [element.data.value];
      for (const [index, value] of values.entries()) this.interval(data[index], undefined, value);
    }
  }

  private isDone(what: string, parts: readonly Expression[]): boolean {
    const key = `${what} ${parts.map((part) => `${kindOf(part)}${part.kind === 'bitwise' ? JSON.stringify(part.right, plain) : ''}`).join(' . ')}`;
    if (this.done.has(key)) return true;
    this.done.add(key);
    return false;
  }

  private natOperand(operand: NatOperand | undefined, kind: 'address' | 'port'): void {
    if (operand === undefined) return;
    if (operand.kind === 'value') {
      const values = operand.value.kind === 'concatenation' ? operand.value.parts : [operand.value];
      for (const [index, value] of values.entries())
        for (const reached of reachedBy(value)) this.interval(index === 0 ? kind : 'port', undefined, reached);
      return;
    }
    if (operand.expression.kind === 'map') {
      this.expression(operand.expression.key);
      this.map(operand.expression.key, operand.expression.map, kind === 'address' ? ['address', 'port'] : [kind]);
    }
  }

  private values(parts: readonly Expression[], elements: readonly SetElement[]): void {
    const kinds = parts.map(kindOf);
    for (const { value } of elements) this.value(parts, kinds, value);
  }

  /** `kinds`: of the parts. */
  private value(parts: readonly Expression[], kinds: readonly PartKind[], value: Value): void {
    if (value.kind !== 'concatenation') {
      this.interval(kinds[0], parts[0], value);
      return;
    }
    for (let index = 0; index < value.parts.length; index++) {
      const [part, interval] = [parts[index], value.parts[index]];
      if (part !== undefined && interval !== undefined) this.interval(kinds[index], part, interval);
    }
  }

  private interval(kind: PartKind, part: Expression | undefined, interval: Interval): void {
    const { cuts } = this;
    if (interval.kind === 'name') {
      cuts.names.add(interval.name);
      return;
    }
    if (kind === undefined || kind === 'name') return;
    if (kind === 'mark') {
      cuts.addMark(((part === undefined ? 0xffff_ffff : maskOf(part)) & comparedBits(integerLimits(interval))) >>> 0);
      return;
    }
    if (kind === 'tcpFlags') {
      cuts.addEach('tcpFlags');
      return;
    }
    if (kind === 'address') {
      this.address(part, interval);
      return;
    }
    const limits = integerLimits(interval);
    if (limits === undefined) return;
    cuts.add(kind, limits.first, limits.last);
    // Routed packets show a hop limit that is lower by one [115].
    if (kind === 'hopLimit') cuts.add(kind, Math.min(limits.first + 1, 255), Math.min(limits.last + 1, 255));
  }

  private address(part: Expression | undefined, interval: Interval): void {
    const { cuts } = this;
    if (interval.kind === 'prefix') cuts.addPrefix(interval.prefix);
    else if (interval.kind === 'range' && interval.first.kind === 'address' && interval.last.kind === 'address') {
      const { family } = interval.first.address;
      cuts.addAddresses([{ family, first: interval.first.address.value, last: interval.last.address.value }]);
    } else if (interval.kind === 'address') {
      const length = part === undefined ? undefined : prefixMaskLength(part);
      if (length === undefined) cuts.addAddress(interval.address);
      else cuts.addPrefix({ address: interval.address, length });
    }
  }
}

const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}` : value);

export function mapElements(table: Table, reference: MapReference): readonly MapElement[] {
  if (reference.kind === 'anonymous') return reference.elements;
  return table.maps.find(({ name }) => name === reference.name)?.elements ?? [];
}

export const partsOf = (expression: Expression): readonly Expression[] =>
  expression.kind === 'concat' ? expression.parts.flatMap(partsOf) : [expression];

/** The bits of a number that tell whether it lies between two limits: those below the last one that is 0 in the first limit and 1 in the last do not. */
function comparedBits(limits: { readonly first: number; readonly last: number } | undefined): number {
  if (limits === undefined) return 0xffff_ffff;
  let free = 0;
  while (free < 32 && ((limits.first >>> free) & 1) === 0 && ((limits.last >>> free) & 1) === 1) free++;
  return free === 32 ? 0 : (0xffff_ffff << free) >>> 0;
}

export function integerLimits(interval: Interval): { readonly first: number; readonly last: number } | undefined {
  if (interval.kind === 'integer') return { first: interval.value, last: interval.value };
  if (interval.kind !== 'range' || interval.first.kind !== 'integer' || interval.last.kind !== 'integer')
    return undefined;
  return { first: interval.first.value, last: interval.last.value };
}

/** The length of the prefix that an address is masked to: `ip saddr & 255.255.255.0`. Undefined without a mask, or with another kind of mask. */
export function prefixMaskLength(expression: Expression): number | undefined {
  if (expression.kind !== 'bitwise' || expression.operation !== 'and' || expression.right.kind !== 'constant')
    return undefined;
  const { value } = expression.right;
  if (value.kind !== 'address') return undefined;
  const { family } = value.address;
  for (let length = 0; length <= addressBits(family); length++)
    if (maskValue(family, length) === value.address.value) return length;
  return undefined;
}

/** The bits of a mark that an expression looks at. */
export function maskOf(expression: Expression): number {
  if (expression.kind !== 'bitwise') return 0xffff_ffff;
  const right =
    expression.right.kind === 'constant' && expression.right.value.kind === 'integer'
      ? expression.right.value.value
      : 0xffff_ffff;
  return expression.operation === 'and' ? right : 0xffff_ffff;
}

const payloadKinds: Readonly<Record<string, PartKind>> = {
  'ip saddr': 'address',
  'ip daddr': 'address',
  'ip6 saddr': 'address',
  'ip6 daddr': 'address',
  'ip protocol': 'protocol',
  'ip6 nexthdr': 'protocol',
  'ip ttl': 'hopLimit',
  'ip6 hoplimit': 'hopLimit',
  'icmp type': 'icmpType',
  'icmpv6 type': 'icmpType',
  'icmp code': 'icmpCode',
  'icmpv6 code': 'icmpCode',
  'tcp flags': 'tcpFlags',
};

/** What an expression is compared with; undefined where it has no values that the verifier has classes for. */
export function kindOf(expression: Expression): PartKind {
  switch (expression.kind) {
    case 'payload':
      if (expression.field === 'sport' || expression.field === 'dport') return 'port';
      return payloadKinds[`${expression.protocol} ${expression.field}`];
    case 'raw-payload':
      if (expression.base === 'nh') return expression.offset === 72 && expression.length === 8 ? 'protocol' : 'address';
      return 'port';
    case 'meta':
      if (expression.key === 'mark') return 'mark';
      if (expression.key === 'l4proto') return 'protocol';
      return ['iifname', 'oifname', 'iif', 'oif', 'ibrname', 'obrname'].includes(expression.key) ? 'name' : undefined;
    case 'ct':
      if (expression.key === 'proto-dst' || expression.key === 'proto-src') return 'port';
      if (expression.key === 'protocol') return 'protocol';
      return expression.key.startsWith('ip') ? 'address' : undefined;
    case 'fib':
      return expression.result === 'oifname' ? 'name' : undefined;
    case 'bitwise':
      return kindOf(expression.left);
    case 'physdev':
      return 'name';
    default:
      return undefined;
  }
}
