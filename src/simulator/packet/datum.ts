/**
 * One value inside the simulator: IPv4 addresses and all small fields are numbers, IPv6 addresses bigints, names and MAC
 * addresses strings. Numbers and bigints are fast to compare and to hash, and the two families never compare equal.
 */
import type { Address } from '../../net/address.ts';
import type { Scalar } from '../../ruleset/value.ts';

export type Datum = number | bigint | string;

/** An address as the simulator holds it: a number for IPv4, a bigint for IPv6. */
export type AddressDatum = number | bigint;

/** The internal form of an address. */
export function addressDatum(address: Address): AddressDatum {
  return address.family === 'ipv4' ? Number(address.value) : address.value;
}

/** The address that an internal value stands for. */
export function datumAddress(datum: AddressDatum): Address {
  return typeof datum === 'bigint' ? { family: 'ipv6', value: datum } : { family: 'ipv4', value: BigInt(datum) };
}

/** The internal form of a constant. */
export function scalarDatum(scalar: Scalar): Datum {
  switch (scalar.kind) {
    case 'integer':
      return scalar.value;
    case 'address':
      return addressDatum(scalar.address);
    case 'name':
      return scalar.name;
    case 'mac':
      return scalar.mac;
  }
}

/** A network mask of `length` leading one bits in the internal form of a family. */
export function maskDatum(sample: AddressDatum, length: number): AddressDatum {
  if (typeof sample === 'number') return length === 0 ? 0 : (0xffff_ffff << (32 - length)) >>> 0;
  return ((1n << BigInt(length)) - 1n) << BigInt(128 - length);
}

/** Bitwise and of two values of one kind; unsigned. */
export function andDatum(left: Datum, right: Datum): Datum {
  if (typeof left === 'number' && typeof right === 'number') return (left & right) >>> 0;
  if (typeof left === 'bigint' || typeof right === 'bigint') return BigInt(left) & BigInt(right);
  return left;
}

/** The address with all bits behind the first `length` cleared. */
export function prefixDatum(address: AddressDatum, length: number): AddressDatum {
  if (typeof address === 'number') return length === 0 ? 0 : (address & (0xffff_ffff << (32 - length))) >>> 0;
  const shift = BigInt(128 - length);
  return (address >> shift) << shift;
}
