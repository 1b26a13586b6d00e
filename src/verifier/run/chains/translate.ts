/** NAT statements as relations: which packets get which new destination, port or source. */

import type { Address } from '../../../net/address.ts';
import type { NatOperand, NatStatement } from '../../../ruleset/statement.ts';
import type { Interval, Value } from '../../../ruleset/value.ts';
import { rangeSet, type Segment, segmentsSet } from '../../sets/boxes.ts';
import { empty, everything, type SetId } from '../../sets/diagrams.ts';
import { mapElements, partsOf } from '../../space/cuts-of-rules.ts';
import { addressValue, type Field } from '../../space/fields.ts';
import { reachedBy } from '../../space/nat-range.ts';
import type { AddressField, Space } from '../../space/space.ts';
import type { Binding, Sight } from '../reading/sight.ts';
import { classesOf, type FieldReading } from './holds.ts';
import { rowsOfCollection, rowsSet } from './lookup.ts';
import type { MatchContext } from './match.ts';
import { intervalsOf } from './rows.ts';

/** What a NAT statement does to packets that reach it. */
export interface Translation {
  /** Packets with their new coordinates; to be intersected with the packets at hand. */
  readonly relation: SetId;
  /** Packets that are translated, without the new coordinates: the rest goes on with the next rule [16]. */
  readonly hit: SetId;
  /** Packets of `hit` for which there is no address to give: dropped [59]. */
  readonly lost: SetId;
  /** New coordinates that are the old ones: to conntrack that is no translation, but it ends the search for one. */
  readonly unchanged: SetId;
  readonly binding: Binding;
}

const plainReading = (field: Field): FieldReading => ({
  kind: 'field',
  key: field,
  has: everything,
  field,
  prefixLength: undefined,
  lowered: 0,
});

/** Undefined: the verifier cannot say what the statement does. */
export function translationOf(
  context: MatchContext,
  statement: NatStatement,
  sight: Sight,
  binding: Binding,
): Translation | undefined {
  const { space } = context;
  switch (statement.type) {
    case 'masquerade': {
      const { relation, lost } = space.masquerade(binding.destination);
      const unchanged = keptSource(space);
      return { relation, hit: everything, lost, unchanged, binding: { ...binding, source: 'seenSource' } };
    }
    case 'snat': {
      if (statement.address === undefined || !ofFamily(space, statement))
        return ofFamily(space, statement) ? undefined : missed(binding);
      const part = operandRelation(context, statement.address, ['seenSource']);
      return part === undefined
        ? undefined
        : {
            ...part,
            lost: empty,
            unchanged: sameSource(space, statement.address),
            binding: { ...binding, source: 'seenSource' },
          };
    }
    case 'dnat':
      if (!ofFamily(space, statement)) return missed(binding);
      return destinationTranslation(context, statement, binding, undefined);
    case 'redirect':
      return destinationTranslation(context, statement, binding, redirection(space, sight, binding));
  }
}

const missed = (binding: Binding): Translation => ({
  relation: empty,
  hit: empty,
  lost: empty,
  unchanged: empty,
  binding,
});

/** `dnat ip to` in an inet table never touches IPv6 [86]. */
function ofFamily(space: Space, { family }: NatStatement): boolean {
  return family === undefined || (family === 'ip') === (space.family === 'ipv4');
}

interface Part {
  readonly relation: SetId;
  readonly hit: SetId;
}

function destinationTranslation(
  context: MatchContext,
  statement: NatStatement,
  binding: Binding,
  redirected: Redirection | undefined,
): Translation | undefined {
  const { diagrams } = context.space;
  const withPort = statement.address?.kind === 'expression' && addressAndPort(context, statement.address);
  const address =
    statement.address === undefined
      ? { relation: redirected?.relation ?? everything, hit: everything }
      : operandRelation(context, statement.address, withPort ? ['realDestination', 'realPort'] : ['realDestination']);
  const port = statement.port === undefined ? undefined : portRelation(context, statement.port, statement);
  if (address === undefined || (statement.port !== undefined && port === undefined)) return undefined;
  const moved = statement.address !== undefined || redirected !== undefined;
  return {
    relation: diagrams.intersect(address.relation, port?.relation ?? everything),
    hit: diagrams.intersect(address.hit, port?.hit ?? everything),
    lost: empty,
    unchanged: sameDestination(context.space, statement, binding, redirected),
    binding: {
      ...binding,
      destination: moved ? 'realDestination' : binding.destination,
      port: statement.port !== undefined || withPort ? 'realPort' : binding.port,
    },
  };
}

/** Translated to one address (and port) that the packet is sent to anyway. */
function sameDestination(
  space: Space,
  { address, port }: NatStatement,
  binding: Binding,
  redirected: Redirection | undefined,
): SetId {
  const samePort =
    port === undefined
      ? everything
      : port.kind === 'value' && port.value.kind === 'integer'
        ? space.equal(binding.port, port.value.value)
        : empty;
  if (address === undefined) return space.diagrams.intersect(redirected?.unchanged ?? everything, samePort);
  const one = constantAddress(address);
  return one === undefined ? empty : space.diagrams.intersect(space.address(binding.destination, one), samePort);
}

function sameSource(space: Space, operand: NatOperand): SetId {
  const one = constantAddress(operand);
  return one === undefined ? empty : space.address('source', one);
}

function constantAddress(operand: NatOperand): Address | undefined {
  return operand.kind === 'value' && operand.value.kind === 'address' ? operand.value.address : undefined;
}

/** Whether a map gives address and port together. */
function addressAndPort({ table }: MatchContext, operand: NatOperand): boolean {
  if (operand.kind !== 'expression' || operand.expression.kind !== 'map') return false;
  const [element] = mapElements(table, operand.expression.map);
  return element?.data.kind === 'value' && element.data.value.kind === 'concatenation';
}

function operandRelation(context: MatchContext, operand: NatOperand, fields: readonly Field[]): Part | undefined {
  const { space } = context;
  const data = fields.map(plainReading);
  if (operand.kind === 'value') {
    const [target, ...port] = intervalsOf(operand.value);
    const reached = target === undefined ? [] : reachedBy(target);
    const rows = reached.map((one) => ({ key: [], data: [one, ...port] }));
    const relation = rowsSet(space, [], data, rows);
    return relation === 'unknown' ? undefined : { relation, hit: everything };
  }
  const { expression } = operand;
  if (expression.kind !== 'map') return undefined;
  const key = partsOf(expression.key).map((part) => context.reader.read(part));
  const elements = mapElements(context.table, expression.map);
  const rows = () =>
    elements.map((element) => ({
      key: intervalsOf(element.key),
      data: element.data.kind === 'value' ? intervalsOf(element.data.value) : [],
    }));
  const keys = () => elements.map((element) => ({ key: intervalsOf(element.key), data: [] }));
  const relation = rowsOfCollection(space, elements, key, data, rows);
  const hit = rowsOfCollection(space, elements, key, [], keys);
  return relation === 'unknown' || hit === 'unknown' ? undefined : { relation, hit };
}

function portRelation(
  context: MatchContext,
  operand: NatOperand,
  { shiftBase, flags }: Pick<NatStatement, 'shiftBase' | 'flags'>,
): Part | undefined {
  if (operand.kind !== 'value') return operandRelation(context, operand, ['realPort']);
  const limits = portLimits(operand.value);
  if (limits === undefined) return undefined;
  const { space } = context;
  const { diagrams } = space;
  const pairs: SetId[] = [];
  if (shiftBase !== undefined) {
    for (let offset = 0; offset <= limits.last - limits.first; offset++)
      pairs.push(pair(space, shiftBase + offset, limits.first + offset));
    return { relation: diagrams.uniteAll(pairs), hit: everything };
  }
  if (limits.first === limits.last) return { relation: space.equal('realPort', limits.first), hit: everything };
  if (flags.some((flag) => flag !== 'persistent'))
    return { relation: space.between('realPort', limits.first, limits.last), hit: everything };
  // A port inside of the range is kept, others get the first of it [79].
  const range = classesOf(space, plainReading('destinationPort'), operand.value as Interval);
  if (range === undefined || range === 'unknown') return undefined;
  const { port } = space.partitions;
  for (let number = range.first; number <= range.last; ) {
    const own = port.numbersOf(number);
    const same = (field: Field): SetId => rangeSet(diagrams, space.places[field], own.first, own.last);
    pairs.push(diagrams.intersect(same('destinationPort'), same('realPort')));
    number = own.last + 1;
  }
  const inside = space.between('destinationPort', limits.first, limits.last);
  const lowest = port.numbersOf(range.first);
  const first = rangeSet(diagrams, space.places.realPort, lowest.first, lowest.last);
  pairs.push(diagrams.subtract(first, inside));
  return { relation: diagrams.uniteAll(pairs), hit: everything };
}

function pair(space: Space, sent: number, real: number): SetId {
  const one = space.partitions.port.classesOf(sent, sent);
  const other = space.partitions.port.classesOf(real, real);
  if (one === undefined || other === undefined) return empty;
  return space.diagrams.intersect(space.equal('destinationPort', sent), space.equal('realPort', real));
}

function portLimits(value: Value): { readonly first: number; readonly last: number } | undefined {
  if (value.kind === 'integer') return { first: value.value, last: value.value };
  if (value.kind !== 'range' || value.first.kind !== 'integer' || value.last.kind !== 'integer') return undefined;
  return { first: value.first.value, last: value.last.value };
}

interface Redirection {
  readonly relation: SetId;
  /** Packets that were sent there anyway. */
  readonly unchanged: SetId;
}

/** To the first address of the incoming interface; the host's own packets to its loopback address [76]. */
function redirection(space: Space, sight: Sight, binding: Binding): Redirection {
  const { diagrams, view, family } = space;
  const firstOf = (name: string): Address | undefined =>
    view.interfaces
      .find((entry) => entry.name === name)
      ?.addresses.find(({ address, scope }) => address.family === family && scope !== 'link')?.address;
  if (sight.hook === 'output') {
    const address: Address = { family, value: family === 'ipv4' ? 0x7f00_0001n : 1n };
    return {
      relation: space.address('realDestination', address),
      unchanged: space.address(binding.destination, address),
    };
  }
  const inputs = new Set(space.origins.map(({ input }) => input));
  const parts = [...inputs].flatMap((name) => {
    const address = name === undefined ? undefined : firstOf(name);
    return address === undefined ? [] : [{ from: space.originsWhere(({ input }) => input === name), address }];
  });
  const to = (field: AddressField): SetId =>
    diagrams.uniteAll(parts.map(({ from, address }) => diagrams.intersect(from, space.address(field, address))));
  return { relation: to('realDestination'), unchanged: to(binding.destination) };
}

/** The set of packets whose source the translation leaves as it was: that is none. */
export function keptSource(space: Space): SetId {
  return space.once('kept source', () => makeKeptSource(space));
}

function makeKeptSource(space: Space): SetId {
  const { diagrams } = space;
  const segments: Segment[] = [];
  for (const { addresses } of space.view.interfaces) {
    for (const { address } of addresses) {
      if (address.family !== space.family) continue;
      const index = space.partitions.address.classOf(addressValue(address));
      segments.push({ first: index, last: index, set: space.address('seenSource', address) });
    }
  }
  const ordered = [...new Map(segments.map((segment) => [segment.first, segment])).values()].sort(
    (a, b) => a.first - b.first,
  );
  return segmentsSet(diagrams, space.places.source, ordered);
}
