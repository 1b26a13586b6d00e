import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Findings } from '../../src/syntax/findings.ts';
import { forms } from '../../src/syntax/forms.ts';
import { PolicyParser } from '../../src/syntax/grammar.ts';
import { parsePolicy } from '../../src/syntax/parse.ts';
import { messageProvider } from '../../src/syntax/parse-problems.ts';
import { printPolicy } from '../../src/syntax/print.ts';
import { scan } from '../../src/syntax/scanner.ts';
import { ends, keywords } from '../../src/syntax/tokens.ts';
import { arbitraryPolicyFile } from '../support/arbitrary-policy-file.ts';
import { isWordRule, literalsOf, mentionedRules, parseEbnf, recognises, SentenceMaker } from '../support/ebnf.ts';

const ebnf = parseEbnf(readFileSync(new URL('../../grammar/ctfw.ebnf', import.meta.url), 'utf8'));

/** Words for the rules whose conditions stand in comments. */
const samples: Record<string, readonly string[]> = {
  END: ['\n', ';'],
  NAME: ['web', 'host', 'nat', 'any2', 'to', 'network', 'allow', 'a.b-c', '_', 'all', 'default'],
  'SERVICE-NAME': ['dns', 'log', 'on', 'host'],
  INTERFACE: ['eth0', 'br-front', 'eth0.100', '0', 'on'],
  LABEL: ['db', 'example', '1st', 'a-b', '_x'],
  'RESOLVER-OPTION': ['ndots:2', 'rotate'],
  'ICMP-TYPE': ['echo-request', 'packet-too-big'],
  IPV4: ['192.168.1.5', '0.0.0.0', '255.255.255.255'],
  IPV6: ['::', '::1', 'fd00:17::2', '2001:db8:1:2:3:4:5:6', '::ffff:10.0.0.1'],
  PREFIX: ['10.0.0.0/8', '0.0.0.0/0', 'fd00::/64', '::/0', '10.1.2.3/32'],
  'INTERFACE-ADDRESS': ['192.168.1.5/24', 'fd00::1/64'],
  HEX: ['0', 'a', 'F'],
  PORT: ['1', '80', '65535'],
  RANGE: ['8000-8010', '9000-9010'],
  MTU: ['68', '1500', '65535'],
  VLAN: ['1', '4094'],
  VXLAN: ['1', '16777215'],
  TEXT: ['"smtp"', '"a # b; { c }"'],
  PATH: ['"zones.ctfw"', '"../a b.ctfw"'],
};

describe('the grammar of the parser', () => {
  test('passes the checks of chevrotain', () => {
    expect(() => new PolicyParser({ messageProvider, validate: true })).not.toThrow();
  });
});

describe('grammar/ctfw.ebnf', () => {
  test('mentions only rules that exist, and every rule but the first is mentioned', () => {
    const mentioned = new Set([...ebnf.values()].flatMap(mentionedRules));
    expect([...mentioned].filter((name) => name !== 'END' && !ebnf.has(name))).toEqual([]);
    expect([...ebnf.keys()].filter((name) => name !== 'policy' && !mentioned.has(name))).toEqual([]);
  });

  test('has the keywords of the parser and no others', () => {
    const words = [...ebnf].flatMap(([name, expression]) => (isWordRule(name) ? [] : literalsOf(expression)));
    const literals = new Set(words.filter((word) => /^[a-z]/.test(word)));
    const values = ['off', 'default', 'any', 'nat', 'routed', 'isolated', 'none'];
    expect([...literals].sort()).toEqual([...Object.keys(keywords), ...values].sort());
  });

  test('has every keyword that a help text shows the form of', () => {
    const literals = new Set([...ebnf.values()].flatMap(literalsOf));
    const shown = Object.values(forms).flatMap((context) => Object.keys(context));
    expect(shown.filter((word) => !literals.has(word))).toEqual([]);
  });

  test('describes only what the parser accepts, in each of its alternatives', () => {
    const random = fc.sample(fc.nat({ max: 0x7fffffff }), { numRuns: 200_000, seed: 7 });
    let next = 0;
    const maker = new SentenceMaker(ebnf, samples, (count) => (random[next++ % random.length] ?? 0) % count);
    const refused: string[] = [];
    for (let round = 0; round < 3000; round++) {
      const text = maker.make(round % 10 === 0 ? 'policy' : 'statement');
      const { diagnostics } = parsePolicy({ name: 'test.ctfw', text });
      refused.push(...diagnostics.map(({ message }) => `${message} in ${JSON.stringify(text)}`));
    }
    expect(refused.slice(0, 5)).toEqual([]);
    expect(maker.unreached()).toEqual([]);
  });

  test('describes everything that the formatter writes', () => {
    fc.assert(
      fc.property(arbitraryPolicyFile, (file) => {
        const text = printPolicy(file);
        const words = wordsOf(text);
        expect(recognises(ebnf, 'policy', words) ? '' : text).toBe('');
      }),
      { numRuns: 300 },
    );
  });
});

/** The words of a policy as the scanner cuts them, with `;` for ends. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  const endTypes = new Set<unknown>(ends);
  scan(
    { name: 'test.ctfw', text },
    {
      findings: new Findings(),
      closeEarly: false,
      take: ({ tokens }) => {
        for (const token of tokens) words.push(endTypes.has(token.tokenType) ? ';' : token.image);
      },
    },
  );
  return words;
}
