import { expect, test } from 'vitest';
import { fermConfiguration, linearRestore } from '../../bench/linear-rules.ts';
import { generatePolicy } from '../../bench/policy-text.ts';

const policy = generatePolicy(25);

function linesWith(text: string, part: string): readonly string[] {
  return text.split('\n').filter((line) => line.includes(part));
}

test.each(['ipv4', 'ipv6'] as const)('one translation and one accept a publication, in %s', (family) => {
  const text = linearRestore(policy, family);
  expect([linesWith(text, '-j DNAT').length, linesWith(text, '--dport 8080 -j ACCEPT').length]).toEqual([25, 25]);
});

test('the last port comes last, to the address of the last container', () => {
  expect(linesWith(linearRestore(policy, 'ipv4'), '-j DNAT').at(-1)).toBe(
    '-A PORTS -p tcp --dport 62955 -j DNAT --to-destination 10.68.0.4:8080',
  );
  expect(linesWith(linearRestore(policy, 'ipv6'), '-d ').at(-1)).toBe(
    '-A FORWARD -d fd00:64:5::4 -o br-net4 -p tcp --dport 8080 -j ACCEPT',
  );
});

test('ferm is asked for the same rules', () => {
  const text = fermConfiguration(policy);
  expect([linesWith(text, ' DNAT to ').length, linesWith(text, ' outerface ').length]).toEqual([50, 50]);
});
