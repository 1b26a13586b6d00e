/** What is sent, in words: protocols, ports, ICMP types, and whatever else tells the packets of a set from others. */
import { protocolName, protocolNumbers } from '../../net/protocol.ts';
import { rangeSet } from '../sets/boxes.ts';
import { empty, everything, type SetId } from '../sets/diagrams.ts';
import type { Field } from '../space/fields.ts';
import { groupsBy, type ValueRange } from '../space/groups.ts';
import type { Space } from '../space/space.ts';
import { numberTexts } from './ranges.ts';

const withPorts: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);
const withTypes: ReadonlySet<number> = new Set([protocolNumbers.icmp, protocolNumbers.icmpv6]);
const echoRequest: Readonly<Record<number, number>> = { 1: 8, 58: 128 };

/** The services of a set, among those that are asked about: `22/tcp`, `udp`, `icmp echo-request`; `anything` when it is all. */
export function servicesOf(space: Space, set: SetId, asked: SetId): readonly string[] {
  const { diagrams } = space;
  const wanted = diagrams.intersect(set, asked);
  if (wanted === asked) return ['anything'];
  const direct = textsOf(space, wanted, asked);
  if (direct.length <= 3) return direct;
  const others = textsOf(space, diagrams.subtract(asked, wanted), asked);
  return others.length < direct.length ? [`anything but ${others.join(', ')}`] : direct;
}

function textsOf(space: Space, set: SetId, asked: SetId): readonly string[] {
  if (set === empty) return [];
  if (isIndependent(space, set, asked, 'protocol')) {
    const [without, all] = [set, asked].map((one) => forget(space, one, 'protocol')) as [SetId, SetId];
    const fields = ['destinationPort', 'sourcePort', 'icmpType', 'icmpCode', 'tcpFlags', 'hopLimit'] as const;
    return partsOf(space, without, all, fields).map((parts) => ['anything', ...parts].join(' '));
  }
  return groupsBy(space, set, 'protocol').flatMap(({ values, rest }) => {
    const numbers = values.flatMap(({ first, last }) => numbersFrom(Number(first), Number(last)));
    const all = restOf(space, asked, values);
    if (rest === all)
      return numbers.length > 12 ? [`other protocols (${numberTexts(values).join(', ')})`] : numbers.map(protocolName);
    return numbers.flatMap((protocol) => protocolTexts(space, protocol, rest, all));
  });
}

/** Whether every value of a field that is asked about is treated alike. */
function isIndependent(space: Space, set: SetId, asked: SetId, field: Field): boolean {
  return space.diagrams.intersect(forget(space, set, field), asked) === set;
}

function forget(space: Space, set: SetId, field: Field): SetId {
  return space.without(set, [field]);
}

function protocolTexts(space: Space, protocol: number, set: SetId, asked: SetId): readonly string[] {
  const name = protocolName(protocol);
  if (withTypes.has(protocol))
    return partsOf(space, set, asked, ['icmpType', 'icmpCode', 'hopLimit']).map((parts) => {
      const echo = parts[0] === `type ${echoRequest[protocol]}`;
      return [name, ...(echo ? ['echo-request', ...parts.slice(1)] : parts)].join(' ');
    });
  if (!withPorts.has(protocol))
    return partsOf(space, set, asked, ['hopLimit']).map((parts) => [name, ...parts].join(' '));
  return partsOf(space, set, asked, ['destinationPort', 'sourcePort', 'tcpFlags', 'hopLimit']).map((parts) => {
    const [port] = parts;
    const isPort = port !== undefined && /^\d/.test(port);
    return [isPort ? `${port}/${name}` : name, ...(isPort ? parts.slice(1) : parts)].join(' ');
  });
}

const fieldWords: Partial<Readonly<Record<Field, string>>> = {
  destinationPort: '',
  sourcePort: 'from port ',
  icmpType: 'type ',
  icmpCode: 'code ',
  tcpFlags: 'with flags ',
  hopLimit: 'with TTL ',
};

/** The conditions that single out a set, a field after the other; those that do not matter are left out. */
function partsOf(space: Space, set: SetId, asked: SetId, fields: readonly Field[]): readonly (readonly string[])[] {
  const [field, ...others] = fields;
  if (set === asked) return [[]];
  if (field === undefined) return [[markText(space, set)]];
  if (isIndependent(space, set, asked, field))
    return partsOf(space, forget(space, set, field), forget(space, asked, field), others);
  return groupsBy(space, set, field).flatMap(({ values, rest }) => {
    const inner = partsOf(space, rest, restOf(space, asked, values, field), others);
    const word = fieldWords[field] ?? '';
    const texts = numberTexts(values);
    // Ports are told one by one, as they are written in a policy.
    const told = field === 'destinationPort' ? texts : [texts.join(', ')];
    return told.flatMap((text) => inner.map((parts) => [`${word}${text}`, ...parts]));
  });
}

/** What is left to tell packets apart when their headers do not. */
function markText(space: Space, set: SetId): string {
  const { diagrams } = space;
  let [value, mask] = [0, 0];
  for (const [bit, { arrival }] of space.markLevels) {
    const one = space.bit(arrival);
    const without = diagrams.subtract(set, one);
    if (without !== empty && diagrams.intersect(set, one) !== empty) continue;
    mask |= 1 << bit;
    if (without === empty) value |= 1 << bit;
  }
  const hexadecimal = (number: number): string => `0x${(number >>> 0).toString(16)}`;
  return mask === 0 ? 'under some conditions' : `marked ${hexadecimal(value)}/${hexadecimal(mask)}`;
}

function fieldSet(space: Space, field: Field, values: readonly ValueRange[]): SetId {
  const partition = space.partitionOf(field);
  return space.diagrams.uniteAll(
    values.map(({ first, last }) =>
      rangeSet(space.diagrams, space.places[field], partition.classOf(first), partition.lastClassOf(last)),
    ),
  );
}

/** What is left of a set for some values of a field, without that field. */
function restOf(space: Space, set: SetId, values: readonly ValueRange[] | undefined, field: Field = 'protocol'): SetId {
  const within = values === undefined ? everything : fieldSet(space, field, values);
  return space.without(space.diagrams.intersect(set, within), [field]);
}

function numbersFrom(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
