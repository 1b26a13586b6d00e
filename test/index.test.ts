/** The library as others import it: a policy goes through every stage without files or processes. */
import { expect, test } from 'vitest';
import { compile, emitJson, emptyLock, parseAddress, parseNftJson, simulate, verify } from '../src/index.ts';

const text = `host edge {
  interface wan0 { address 203.0.113.10/24 }
  route default via 203.0.113.1
}
zone internet = any on wan0
network front { subnet 172.17.0.0/16 }
container web { attach front 172.17.0.2; publish 8080:80 }
`;

function compiledOf(policy: string) {
  const [compiled] = compile(
    { name: 'edge.ctfw', text: policy },
    () => ({ error: 'there is no such file' }),
    emptyLock,
  ).compiled;
  if (compiled === undefined) throw new Error('not compiled');
  return compiled;
}

test('what is emitted, read again, is proved', () => {
  const compiled = compiledOf(text);
  const { ruleset } = parseNftJson(emitJson(compiled.ruleset), 'rules.json');
  expect(verify(compiled.meaning, [ruleset])).toMatchObject({ kind: 'proved' });
});

test('rules of another policy are refuted by a packet that they treat otherwise', () => {
  const { meaning } = compiledOf(text);
  const other = compiledOf(text.replace('8080:80', '8081:80')).ruleset;
  const proof = verify(meaning, [other]);
  if (proof.kind !== 'refuted') throw new Error(proof.kind);
  expect(proof.counterexamples[0]?.packet.destinationPort).toBeOneOf([8080, 8081]);
});

test('one flow through the rules', () => {
  const compiled = compiledOf(text);
  const [source, destination] = ['198.51.100.7', '203.0.113.10'].map((address) => parseAddress(address));
  if (source === undefined || destination === undefined) throw new Error('not an address');
  const ways = simulate(compiled, [compiled.ruleset], {
    arrivesBy: 'wan0',
    source,
    destination,
    protocol: 6,
    sourcePort: 40_000,
    destinationPort: 8080,
    icmpType: undefined,
  });
  expect(ways.map(({ verdict, packet }) => [verdict, packet?.destinationPort])).toEqual([['allowed', 80]]);
});
