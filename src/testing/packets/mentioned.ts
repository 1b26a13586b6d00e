/** What a ruleset mentions: the addresses, ports, protocols and interfaces at which its verdicts may change. */
import { type Address, address, addressKey, maximumValue } from '../../net/address.ts';
import { lastAddress, prefixOf } from '../../net/prefix.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { Interval, Value } from '../../ruleset/value.ts';

export interface Mentioned {
  /** First and last addresses of everything that is mentioned, and their neighbours just outside. */
  readonly addresses: readonly Address[];
  /** Likewise numbers that may be ports. */
  readonly ports: readonly number[];
  /** Names that may be interfaces, without wildcards. */
  readonly interfaces: readonly string[];
}

/** Everything of a ruleset's values at which something may change, boundaries on both sides. */
export function mentionedIn(rulesets: readonly Ruleset[]): Mentioned {
  const addresses = new Map<string, Address>();
  const ports = new Set<number>();
  const interfaces = new Set<string>();
  const take = (value: Interval): void => {
    switch (value.kind) {
      case 'address':
        for (const near of around(value.address, value.address)) addresses.set(addressKey(near), near);
        return;
      case 'prefix': {
        const { address: first } = prefixOf(value.prefix.address, value.prefix.length);
        for (const near of around(first, lastAddress(value.prefix))) addresses.set(addressKey(near), near);
        return;
      }
      case 'range':
        take(value.first);
        take(value.last);
        return;
      case 'integer':
        for (const near of [value.value - 1, value.value, value.value + 1]) {
          if (near >= 0 && near <= 65_535) ports.add(near);
        }
        return;
      case 'name':
        if (!value.name.endsWith('*')) interfaces.add(value.name);
        return;
      case 'mac':
        return;
    }
  };
  for (const value of valuesIn(rulesets)) {
    for (const part of value.kind === 'concatenation' ? value.parts : [value]) take(part);
  }
  return { addresses: [...addresses.values()], ports: [...ports], interfaces: [...interfaces] };
}

/** All values in matches, sets, maps and statements, wherever they stand. */
function* valuesIn(node: unknown): Generator<Value> {
  if (typeof node !== 'object' || node === null) return;
  if (isValue(node)) {
    yield node;
    return;
  }
  for (const child of Object.values(node)) yield* valuesIn(child);
}

const valueKinds: ReadonlySet<string> = new Set(['address', 'prefix', 'range', 'integer', 'name', 'concatenation']);

function isValue(node: object): node is Value {
  return 'kind' in node && typeof node.kind === 'string' && valueKinds.has(node.kind);
}

/** The ends of a span of addresses and what lies just beyond them. */
function around(first: Address, last: Address): Address[] {
  return [first.value - 1n, first.value, last.value, last.value + 1n]
    .filter((value) => value >= 0n && value <= maximumValue(first.family))
    .map((value) => address(first.family, value));
}
