import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { formatAddress } from '../../../src/net/address.ts';
import { formatPrefix } from '../../../src/net/prefix.ts';
import {
  readAddress,
  readDestination,
  readInterfaceAddress,
  readMac,
  readPrefix,
  readPrefixOrAddress,
} from '../../../src/syntax/values/address.ts';
import type { Complain, Word } from '../../../src/syntax/values/reading.ts';
import { brief } from '../../support/parse-policy.ts';

function reading<T>(
  reader: (word: Word, complain: Complain) => T | undefined,
): (text: string) => { value: T | undefined; complaints: string[]; raw: Diagnostic[] } {
  return (text) => {
    const raw: Diagnostic[] = [];
    const value = reader({ text, span: { file: { name: 'test', text }, start: 0, end: text.length } }, (diagnostic) =>
      raw.push(diagnostic),
    );
    return { value, complaints: raw.map(brief), raw };
  };
}

const address = reading(readAddress);
const prefix = reading(readPrefix);
const interfaceAddress = reading(readInterfaceAddress);

describe('addresses', () => {
  test.each([
    ['256.1.1.1', 'CTFW1031 "256"'],
    ['1.1.1.999', 'CTFW1031 "999"'],
    ['010.0.0.1', 'CTFW1032 "010"'],
    ['10.00.0.1', 'CTFW1032 "00"'],
    ['1.2.3', 'CTFW1030 "1.2.3"'],
    ['1.2.3.4.5', 'CTFW1030 "1.2.3.4.5"'],
    ['1..2.3', 'CTFW1030 "1..2.3"'],
    ['web', 'CTFW1030 "web"'],
    ['0x7f.1.1.1', 'CTFW1030 "0x7f.1.1.1"'],
    ['10.0.0.0/8', 'CTFW1034 "10.0.0.0/8"'],
    ['256.0.0.0/8', 'CTFW1031 "256"'],
    ['fd00::1::2', 'CTFW1033 "::"'],
    ['12345::', 'CTFW1033 "12345"'],
    ['fd00::g', 'CTFW1033 "g"'],
    ['1:2:3', 'CTFW1033 "1:2:3"'],
    ['1:2:3:4:5:6:7:8:9', 'CTFW1033 "1:2:3:4:5:6:7:8:9"'],
    ['1::2:3:4:5:6:7:8', 'CTFW1033 "1::2:3:4:5:6:7:8"'],
    ['fe80::1%eth0', 'CTFW1033 "%eth0"'],
    ['[::1]', 'CTFW1033 "[::1]"'],
    ['::ffff:1.2.3.256', 'CTFW1031 "256"'],
  ])('%s', (text, complaint) => {
    expect(address(text)).toMatchObject({ value: undefined, complaints: [complaint] });
  });

  test('are read exactly when node takes them for one, with one complaint otherwise', () => {
    const quad = fc
      .array(fc.oneof(fc.integer({ min: 0, max: 300 }).map(String), fc.constantFrom('', '00', '01', 'x')), {
        minLength: 3,
        maxLength: 5,
      })
      .map((parts) => parts.join('.'));
    const groups = fc
      .array(fc.constantFrom('', '', '0', 'ffff', '1', '12345', 'g', '1.2.3.4'), { minLength: 2, maxLength: 9 })
      .map((parts) => parts.join(':'));
    fc.assert(
      fc.property(fc.oneof(quad, groups, fc.ipV4(), fc.ipV6()), (text) => {
        fc.pre(!text.includes('%'));
        const { value, complaints } = address(text);
        expect(value !== undefined).toBe(isIP(text) !== 0);
        expect(complaints.length).toBe(value === undefined ? 1 : 0);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('prefixes', () => {
  test.each([
    ['10.0.0.0/33', 'CTFW1036 "33"'],
    ['fd00::/129', 'CTFW1036 "129"'],
    ['10.0.0.0/', 'CTFW1036 "/"'],
    ['10.0.0.0/-1', 'CTFW1036 "-1"'],
    ['10.0.0.0/08', 'CTFW1032 "08"'],
    ['10.0.0.0/255.0.0.0', 'CTFW1036 "255.0.0.0"'],
    ['10.0.0.0/8/8', 'CTFW1036 "8/8"'],
    ['10.0.0.0', 'CTFW1035 "10.0.0.0"'],
    ['10.0.0.1/8', 'CTFW1037 "10.0.0.1/8"'],
    ['fd00::1/64', 'CTFW1037 "fd00::1/64"'],
    ['300.0.0.0/8', 'CTFW1031 "300"'],
  ])('%s', (text, complaint) => {
    expect(prefix(text)).toMatchObject({ value: undefined, complaints: [complaint] });
  });

  test('a netmask is turned into its length', () => {
    expect(prefix('10.0.0.0/255.255.240.0').raw[0]).toMatchObject({ edit: { replacement: '20' } });
    expect(prefix('10.0.0.0/255.255.255.255').raw[0]).toMatchObject({ edit: { replacement: '32' } });
    expect(prefix('10.0.0.0/255.0.255.0').raw[0]?.edit).toBe(undefined);
  });

  test('bits behind a prefix: both meanings are offered', () => {
    expect(prefix('192.168.1.5/24').raw[0]?.help).toBe(
      'write `192.168.1.0/24` for the whole network, or `192.168.1.5` for the one address',
    );
  });

  test('an interface address keeps its bits', () => {
    const value = interfaceAddress('192.168.1.5/24').value?.value;
    expect(value && formatPrefix(value)).toBe('192.168.1.5/24');
  });

  test('an address alone is the prefix that holds it', () => {
    const value = reading(readPrefixOrAddress)('fd00::1').value?.value;
    expect(value && formatPrefix(value)).toBe('fd00::1/128');
  });

  test('a prefix without complaint holds its own address, as node sees it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 0, max: 140 }), (text, length) => {
        fc.pre(!text.includes('%'));
        const { value } = interfaceAddress(`${text}/${length}`);
        const family = isIP(text) === 4 ? 'ipv4' : 'ipv6';
        expect(value !== undefined).toBe(length <= (family === 'ipv4' ? 32 : 128));
        if (value === undefined) return;
        const list = new BlockList();
        list.addSubnet(text, length, family);
        expect(list.check(formatAddress(value.value.address), family)).toBe(true);
      }),
    );
  });
});

describe('destinations and MAC addresses', () => {
  test('default has no prefix', () => {
    expect(reading(readDestination)('default')).toMatchObject({ value: { value: undefined }, complaints: [] });
    expect(reading(readDestination)('defalt')).toMatchObject({ value: undefined, complaints: ['CTFW1030 "defalt"'] });
    expect(reading(readDestination)('10.0.0.1/8').complaints).toEqual(['CTFW1037 "10.0.0.1/8"']);
  });

  test('MAC addresses are in small letters', () => {
    expect(reading(readMac)('02:AB:ac:11:00:02').value?.value).toBe('02:ab:ac:11:00:02');
    expect(reading(readMac)('02-ab-ac-11-00-02').complaints).toEqual(['CTFW1038 "02-ab-ac-11-00-02"']);
  });
});
