/** Checks that constant values fit the types that they are stored under or compared with. */
import { addressBits, compareAddresses } from '../../net/address.ts';
import type { DataType, Interval, Scalar, Value } from '../value.ts';
import type { Problems } from './problems.ts';
import { maximumInteger } from './type-size.ts';

/** Whether a value may be an interval. */
export type Shape = 'single' | 'interval';

/** A value of one type, or of several as a concatenation. */
export function checkValue(value: Value, types: readonly DataType[], shape: Shape, problems: Problems): void {
  const count = value.kind === 'concatenation' ? value.parts.length : 1;
  if (value.kind === 'concatenation' && count < 2) problems.add('a concatenation has at least two parts');
  if (count !== types.length) {
    problems.add(`a value of ${count} parts where there are ${types.length} types (${types.join(' . ')})`);
    return;
  }
  for (let index = 0; index < count; index++) {
    const part = value.kind === 'concatenation' ? value.parts[index] : value;
    const type = types[index];
    if (part !== undefined && type !== undefined) checkInterval(part, type, shape, problems);
  }
}

function checkInterval(interval: Interval, type: DataType, shape: Shape, problems: Problems): void {
  if (interval.kind !== 'prefix' && interval.kind !== 'range') {
    checkScalar(interval, type, problems);
    if (shape === 'single' && interval.kind === 'name' && interval.name.endsWith('*'))
      problems.add('a wildcard where only single values can be');
    return;
  }
  if (shape === 'single') problems.add(`an interval where only single values can be (type ${type})`);
  if (interval.kind === 'prefix') {
    const { address, length } = interval.prefix;
    checkScalar({ kind: 'address', address }, type, problems);
    if (length < 0 || length > addressBits(address.family)) problems.add(`a prefix of ${length} bits`);
    return;
  }
  checkScalar(interval.first, type, problems);
  checkScalar(interval.last, type, problems);
  if (isReversed(interval.first, interval.last)) problems.add('a range that ends before it starts');
}

function isReversed(first: Scalar, last: Scalar): boolean {
  if (first.kind === 'integer' && last.kind === 'integer') return first.value > last.value;
  if (first.kind === 'address' && last.kind === 'address') return compareAddresses(first.address, last.address) > 0;
  return first.kind === 'mac' && last.kind === 'mac' ? first.mac > last.mac : true;
}

export function checkScalar(scalar: Scalar, type: DataType, problems: Problems): void {
  switch (type) {
    case 'ipv4_addr':
    case 'ipv6_addr': {
      const family = type === 'ipv4_addr' ? 'ipv4' : 'ipv6';
      if (scalar.kind !== 'address' || scalar.address.family !== family) mismatch(scalar, type, problems);
      return;
    }
    case 'ether_addr':
      if (scalar.kind !== 'mac') mismatch(scalar, type, problems);
      return;
    case 'ifname':
      if (scalar.kind === 'name') checkInterfaceName(scalar.name, problems);
      else mismatch(scalar, type, problems);
      return;
    case 'iface_index':
      if (scalar.kind === 'name') checkInterfaceName(scalar.name, problems);
      else if (scalar.kind !== 'integer') mismatch(scalar, type, problems);
      return;
    default:
      if (scalar.kind !== 'integer') mismatch(scalar, type, problems);
      else if (!Number.isInteger(scalar.value) || scalar.value < 0 || scalar.value > maximumInteger(type))
        problems.add(`the number ${scalar.value} does not fit type ${type}`);
  }
}

function mismatch(scalar: Scalar, type: DataType, problems: Problems): void {
  problems.add(`a value of kind ${scalar.kind} where type ${type} is needed`);
}

/** Longest name of an interface (IFNAMSIZ without its terminator); a wildcard takes one more place. */
const maximumInterfaceName = 15;

function checkInterfaceName(name: string, problems: Problems): void {
  const stem = name.endsWith('*') ? name.slice(0, -1) : name;
  if (stem === '' || stem.length > maximumInterfaceName || !/^[\x21-\x7e]+$/.test(stem) || /["\\/*]/.test(stem))
    problems.add(`${JSON.stringify(name)} is no interface name that nft can carry`);
  else if (stem.startsWith('@')) problems.add(`nft would take the interface name ${name} for the name of a set`);
}
