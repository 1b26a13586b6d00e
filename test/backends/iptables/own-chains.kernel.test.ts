import { describe, expect, test } from 'vitest';
import { emitIptables } from '../../../src/backends/iptables/emit.ts';
import { parseIptablesSave } from '../../../src/backends/iptables/parse.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { comparable, kernelTakes, loadAndList } from './kernel.ts';

const others = [
  '*filter',
  ':INPUT ACCEPT [0:0]',
  ':FORWARD DROP [0:0]',
  ':OUTPUT ACCEPT [0:0]',
  ':DOCKER - [0:0]',
  '-A FORWARD -j DOCKER',
  '-A DOCKER -s 172.17.0.2 -j ACCEPT',
  'COMMIT',
  '',
].join('\n');

const ours = (rules: string): string =>
  `*filter\n:FORWARD ACCEPT [0:0]\n:CTFW-F - [0:0]\n-A FORWARD -j CTFW-F\n${rules}COMMIT\n`;

describe.each(['iptables-nft', 'iptables-legacy'] as const)('%s', (engine) => {
  const read = (text: string): Ruleset => parseIptablesSave(text, 'rules', { family: 'ip', engine }).ruleset;
  const write = (wanted: string, present: string): string =>
    emitIptables(read(wanted), { ownChains: 'CTFW-', present: read(present) }).v4;
  const first = ours('-A CTFW-F -s 10.0.0.1 -j DROP\n');
  const second = ours('-A CTFW-F -s 10.0.0.2 -j DROP\n');
  const listed = (address: string): readonly string[] => [
    '*filter',
    ':INPUT ACCEPT',
    ':FORWARD DROP',
    ':OUTPUT ACCEPT',
    ':CTFW-F -',
    ':DOCKER -',
    '-A FORWARD -j CTFW-F',
    '-A FORWARD -j DOCKER',
    `-A CTFW-F -s ${address}/32 -j DROP`,
    '-A DOCKER -s 172.17.0.2/32 -j ACCEPT',
    'COMMIT',
  ];

  describe.skipIf(!kernelTakes('iptables', engine))('our chains beside those of others', () => {
    const load = (...files: readonly string[]): string => {
      const loaded = loadAndList('iptables', engine, others, ...files);
      expect(loaded.error).toBe(undefined);
      return loaded.error === undefined ? loaded.listing : '';
    };

    test('are added, replaced, loaded again without a change, and removed', () => {
      const added = write(first, others);
      const afterAdding = load(added);
      expect([...comparable(afterAdding)].sort()).toEqual([...listed('10.0.0.1')].sort());

      const replaced = write(second, afterAdding);
      const afterReplacing = load(added, replaced);
      expect([...comparable(afterReplacing)].sort()).toEqual([...listed('10.0.0.2')].sort());
      expect(comparable(afterReplacing).filter((line) => line.startsWith('-A FORWARD'))).toEqual([
        '-A FORWARD -j CTFW-F',
        '-A FORWARD -j DOCKER',
      ]);

      const again = load(added, replaced, write(second, afterReplacing));
      expect(comparable(again)).toEqual(comparable(afterReplacing));

      const removed = emitIptables({ tables: [] }, { ownChains: 'CTFW-', present: read(again) }).v4;
      expect(comparable(load(added, replaced, removed))).toEqual(comparable(load()));
    });

    test('come first again after others have pushed them back', () => {
      const added = write(first, others);
      const pushed = `${'*filter\n-I FORWARD -j DOCKER\n'}COMMIT\n`;
      const moved = load(added, pushed);
      const repaired = load(added, pushed, write(first, moved));
      expect(comparable(repaired).filter((line) => line.startsWith('-A FORWARD'))).toEqual([
        '-A FORWARD -j CTFW-F',
        '-A FORWARD -j DOCKER',
        '-A FORWARD -j DOCKER',
      ]);
    });
  });
});
