/** A small report with one of everything, and names and messages that formats have to escape. */

import type { VerifyReport } from '../../../src/cli/verify/report.ts';
import type { Evidence, Result } from '../../../src/cli/verify/result.ts';
import { parseAddress } from '../../../src/net/address.ts';
import type { SourceFile } from '../../../src/source/span.ts';

const policy: SourceFile = {
  name: 'policies/my policy, 100%.ctfw',
  text: 'network front { subnet 172.17.0.0/16 }\nexpect any -> any 22/tcp\n  blocked # "quoted" <b>\n',
};

const spanOf = (text: string) => {
  const start = policy.text.indexOf(text);
  return { file: policy, start, end: start + text.length };
};

const address = (text: string) => parseAddress(text) ?? { family: 'ipv4' as const, value: 0n };
const place = { engine: 'nftables', family: 'inet', table: 'ctfw', chain: 'forward', index: 2 } as const;

const evidence: Evidence = {
  flow: {
    arrivesBy: 'wan0',
    source: address('198.51.100.1'),
    destination: address('172.17.0.2'),
    protocol: 6,
    sourcePort: undefined,
    destinationPort: 22,
    icmpType: undefined,
  },
  ways: [
    {
      verdict: 'blocked',
      receiver: undefined,
      packet: undefined,
      answer: undefined,
      reason: 'a rule drops it',
      place,
      choices: [],
      steps: [
        { kind: 'received', host: 'edge', interface: 'wan0', packet: 'tcp S 198.51.100.1:40000>172.17.0.2:22' },
        {
          kind: 'hook',
          host: 'edge',
          family: 'ip',
          hook: 'forward',
          input: 'wan0',
          output: 'br-front',
          packet: 'tcp S',
        },
        {
          kind: 'rule',
          host: 'edge',
          place,
          failedAt: undefined,
          verdict: 'drop',
          origins: [{ file: 'my policy.ctfw', line: 2 }],
          comment: 'not <allowed>, "100%"',
        },
        { kind: 'drop', host: 'edge', reason: 'a rule drops it', place },
      ],
    },
  ],
  texts: { rule: () => 'ip daddr @a drop', statement: () => undefined },
  nameOf: () => undefined,
};

const base = { host: 'edge', judge: 'nft' } as const;

const results: readonly Result[] = [
  { ...base, rule: 'agreement', name: 'packets from everyone to everyone', outcome: 'passed', message: '12 packets' },
  {
    ...base,
    rule: 'expectation',
    name: 'line 2: expect any -> any 22/tcp blocked',
    outcome: 'failed',
    message: 'it is allowed: 100% of "a" & <b>\nsecond line # 1',
    span: spanOf('expect any -> any 22/tcp\n  blocked'),
    evidence,
    help: 'change it',
  },
  {
    ...base,
    rule: 'agreement',
    name: 'a \u0007 bell, a \\ backslash and a # hash',
    outcome: 'unknown',
    message: 'it cannot be told ]]>',
  },
  {
    rule: 'CTFW3016',
    host: '',
    judge: 'policy',
    name: 'this can never matter',
    outcome: 'warning',
    message: 'a statement can never matter',
    span: spanOf('subnet 172.17.0.0/16'),
  },
  { ...base, judge: 'kernel', rule: 'kernel', name: 'real packets', outcome: 'skipped', message: 'no lab here' },
];

export const sampleReport: VerifyReport = {
  version: '0.0.0',
  policies: [policy.name],
  results: results.map((result) => ({ ...result, policy: policy.name })),
  rules: [
    { rule: 'expectation', title: 'An expectation does not hold', explanation: 'Why.', level: 'error' },
    { rule: 'agreement', title: 'Rules differ', explanation: 'Why.', level: 'error' },
    { rule: 'CTFW3016', title: 'Never matters', explanation: 'Why.', level: 'warning' },
  ],
};
