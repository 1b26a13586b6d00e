/** The matchers: what passes, what fails with which words, what is refused. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { policyMatchers } from '../../src/testing/matchers.ts';
import { judgeFlow } from '../../src/testing/policies/judge-flow.ts';
import { policyFile } from '../../src/testing/policies/policy-source.ts';

expect.extend(policyMatchers);

const policy = `host edge { interface wan0 { address 203.0.113.10/24 }; route default via 203.0.113.1 }
zone internet = any on wan0
network front { subnet 172.20.0.0/24; icc off }
container web { attach front; publish 8080:80 }
container app { attach front }
deny front -> internet 25/tcp reject
`;

test('flows of a policy are judged by every packet that stands for them', () => {
  expect(policy).toReach('internet -> edge 8080/tcp', 'web 80/tcp');
  expect(policy).toBlock('internet -> app');
  expect(policy).toBlock('app -> web 80/tcp');
  expect(policy).toReject('app -> internet 25/tcp');
  expect(policy).toLeaveAs('app -> internet 443/tcp', '203.0.113.10');
  expect(policy).toAllow('app -> internet 443/tcp');
  expect(policy).not.toBlock('internet -> edge 8080/tcp');
  expect(policy).not.toReach('internet -> edge 8080/tcp', 'app');
});

test('a failure names a packet, what becomes of it, and its way through the rules with the policy line', () => {
  expect(() => expect(policy).toAllow('app -> internet 25/tcp')).toThrow(
    /`app -> internet 25\/tcp` is not allowed: it is rejected\n {2}172\.20\.0\.\d+ on .* tcp\/25\n[\s\S]*from policy:6[\s\S]*rejected: a rule rejects it/,
  );
});

test('a failure of the opposite says for how much it holds', () => {
  expect(() => expect(policy).not.toBlock('internet -> app')).toThrow(/is blocked for all \d+ packets/);
});

test('flows without packets and policies with errors are refused, also in the opposite', () => {
  expect(() => expect(policy).not.toAllow('internet -> nowhere')).toThrow(/nowhere/);
  expect(() => expect('host {').toBlock('any -> any')).toThrow(/policy:1/);
  expect(() => judgeFlow(policy, 'app -> app 80/tcp', 'blocked')).toThrow(/no packet goes/);
});

test('with several hosts the whole way counts, and a failure shows it through the rules of each', () => {
  const hosts = policyFile(join(import.meta.dirname, '../../fixtures/valid/two-hosts/policy.ctfw'));
  expect(hosts).toReach('web -> b 5432/tcp', 'db 5432/tcp');
  expect(hosts).toBlock('worker -> b 5432/tcp');
  expect(hosts).toLeaveAs('web -> b 5432/tcp', '192.168.1.4');
  expect(() => expect(hosts).toAllow('web -> b 5433/tcp')).toThrow(
    /is not allowed: it is blocked\n {2}172\.17\.0\.2 on br-front .* tcp\/5433\n/,
  );
  const overlay = policyFile(join(import.meta.dirname, '../../fixtures/valid/c6-overlay/policy.ctfw'));
  expect(overlay).toReach('web -> db 5432/tcp', 'db 5432/tcp');
  const judgement = judgeFlow(overlay, 'web -> db 5432/tcp', 'blocked');
  const path = judgement.kind === 'fails' ? judgement.path.join('\n') : '';
  expect(path).toMatch(/^host a\n[\s\S]*into the tunnel vxlan43[\s\S]*host b\n[\s\S]*out of the tunnel vxlan43/);
});

test('a policy of a file takes its lock and its includes', () => {
  expect(policyFile(join(import.meta.dirname, '../../examples/edge.ctfw'))).toReach(
    'internet -> edge 8080/tcp',
    'web 80/tcp',
  );
});
