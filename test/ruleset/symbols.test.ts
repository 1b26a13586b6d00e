import { expect, test } from 'vitest';
import type { SymbolTable } from '../../src/ruleset/symbols.ts';
import * as tables from '../../src/ruleset/symbols.ts';

const all = Object.entries(tables).filter((entry): entry is [string, SymbolTable] => typeof entry[1] === 'object');

test.each(all)('every name of %s is that of its number', (_, table) => {
  expect(table.entries.length).toBeGreaterThan(0);
  for (const [name, value] of table.entries) {
    expect(table.nameOf(value)).toBe(name);
    expect(table.valueOf(name)).toBe(value);
  }
});

test('names that are no names have no number', () => {
  for (const name of ['', 'constructor', '__proto__', 'TCP']) expect(tables.ipProtocols.valueOf(name)).toBe(undefined);
});

test('aliases are read and not written', () => {
  expect(tables.ipProtocols.valueOf('ipv6-icmp')).toBe(58);
  expect(tables.ipProtocols.nameOf(58)).toBe('icmpv6');
  expect(tables.ipProtocols.nameOf(47)).toBe(undefined);
  expect(tables.logLevels.valueOf('warning')).toBe(4);
});

test('classes of packets are major and minor', () => {
  expect(tables.packetPriorities.valueOf('1:a')).toBe(0x1_000a);
  expect(tables.packetPriorities.valueOf('root')).toBe(0xffff_ffff);
  expect(tables.packetPriorities.valueOf('1:')).toBe(undefined);
});

test('flags have names only together', () => {
  expect(tables.flagNames(tables.connectionStates, 6)).toEqual(['established', 'related']);
  expect(tables.flagNames(tables.connectionStates, 16)).toBe(undefined);
  expect(tables.flagNames(tables.connectionStates, 0)).toBe(undefined);
});
