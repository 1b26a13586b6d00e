/** Tests of the policy beside this folder: copy the file, name your own policy, say what has to hold. */

import { fileURLToPath } from 'node:url';
import { flows, policies, policyFile, policyMatchers } from 'ctfw/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

expect.extend(policyMatchers);

const tcp = 6;

const edge = policyFile(fileURLToPath(new URL('../edge.ctfw', import.meta.url)));

describe('what has to hold', () => {
  test('the web server is published, the database is not reachable from outside', () => {
    expect(edge).toReach('internet -> edge 8080/tcp', 'web 80/tcp');
    expect(edge).toReach('office -> 192.168.1.5 8443/tcp', 'web 443/tcp');
    expect(edge).toBlock('internet -> db');
    expect(edge).not.toAllow('internet -> edge 22/tcp');
  });

  test('containers get out under the address of the host, and send no mail', () => {
    expect(edge).toLeaveAs('web -> internet 443/tcp', '203.0.113.10');
    expect(edge).toBlock('apps -> internet 25/tcp');
    expect(edge).toReject('front -> edge 22/tcp');
  });
});

describe('what has to hold whatever is sent', () => {
  test('nothing of the host itself is open to the outside', () => {
    fc.assert(
      fc.property(flows(edge), ({ host, flow }) => {
        fc.pre(flow.arrivesBy === 'wan0' && flow.protocol === tcp);
        const entrance = host.simulated.entranceOf(flow);
        if (entrance === undefined) return;
        for (const way of host.simulated.first(flow, entrance, { trace: false })) {
          expect(way.verdict === 'allowed' && way.receiver?.kind === 'host').toBe(false);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('every policy of ours keeps the internet out of networks that are internal', () => {
    fc.assert(
      fc.property(policies, (text) => {
        const policy = `${text}\nnetwork vault { subnet 172.31.0.0/24; internal }\ncontainer safe { attach vault }\n`;
        expect(policy).toBlock('internet -> safe 5432/tcp');
      }),
      { numRuns: 2 },
    );
  }, 120_000);
});
