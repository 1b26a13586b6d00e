import { describe, expect, test } from 'vitest';
import type { WireProbe, WireResult, WireSign } from '../../src/lab/agent-protocol.ts';
import { classifyProbe } from '../../src/lab/classify-probe.ts';
import { outcome } from './support/words.ts';

const asked: WireProbe = {
  namespace: 'outside/wan0',
  mode: 'crafted',
  protocol: 6,
  destination: '203.0.113.10',
  destinationPort: 8080,
  tcpFlags: 2,
};

const request: WireSign = {
  role: 'request',
  namespace: 'container/web',
  interface: 'eth0',
  protocol: 6,
  source: '198.51.100.7',
  sourcePort: 2000,
  destination: '172.17.0.2',
  destinationPort: 80,
  ttl: 63,
  tcpFlags: 2,
};

const answer: WireSign = {
  role: 'answer',
  namespace: 'outside/wan0',
  interface: 'eth0',
  protocol: 6,
  source: '203.0.113.10',
  sourcePort: 8080,
  destination: '198.51.100.7',
  destinationPort: 2000,
  ttl: 63,
  tcpFlags: 18,
};

const error: WireSign = {
  role: 'error',
  namespace: 'outside/wan0',
  interface: 'eth0',
  protocol: 1,
  source: '203.0.113.10',
  destination: '198.51.100.7',
  ttl: 64,
  type: 3,
  code: 3,
};

function verdict(signs: readonly WireSign[], more: Partial<WireResult> = {}, probe = asked): string {
  const result = { signs, connected: false, source: '198.51.100.7', sourcePort: 2000, ...more };
  return outcome(classifyProbe(probe, result));
}

const reset = { ...answer, tcpFlags: 20 };

describe('what signs mean', () => {
  test.each<[string, readonly WireSign[], Partial<WireResult>, string]>([
    ['nothing', [], {}, 'dropped'],
    ['EPERM', [], { error: 'EPERM' }, 'dropped, EPERM'],
    ['no route', [], { error: 'ENETUNREACH' }, 'send-error, ENETUNREACH'],
    ['arrival', [request], {}, 'delivered container/web eth0 198.51.100.7 > 172.17.0.2:80, no reply'],
    ['answer', [request, answer], {}, 'delivered container/web eth0 198.51.100.7 > 172.17.0.2:80, answered'],
    ['closed port', [request, reset], {}, 'delivered container/web eth0 198.51.100.7 > 172.17.0.2:80, refused'],
    ['reset', [reset], {}, 'rejected tcp-reset from 203.0.113.10'],
    ['reset of a connection', [reset], { error: 'ECONNREFUSED' }, 'rejected tcp-reset from 203.0.113.10, ECONNREFUSED'],
    ['error', [error], {}, 'rejected icmp 3/3 from 203.0.113.10'],
    ['redirect', [{ ...error, type: 5, code: 1 }], {}, 'dropped'],
    [
      'redirect and delivery',
      [{ ...error, type: 5, code: 1 }, request],
      {},
      'delivered container/web eth0 198.51.100.7 > 172.17.0.2:80, no reply',
    ],
    [
      'error of the receiver',
      [request, error],
      {},
      'delivered container/web eth0 198.51.100.7 > 172.17.0.2:80, no reply',
    ],
    ['error elsewhere', [{ ...error, namespace: 'host' }], {}, 'dropped'],
    [
      'answer elsewhere',
      [request, { ...answer, namespace: 'host' }],
      {},
      'delivered container/web eth0 198.51.100.7 > 172.17.0.2:80, no reply',
    ],
    [
      'untranslated answer',
      [request, { ...answer, source: '172.17.0.2', sourcePort: 80 }],
      {},
      'delivered container/web eth0 198.51.100.7 > 172.17.0.2:80, answered by 172.17.0.2',
    ],
    [
      'answer to another port',
      [request, { ...answer, destinationPort: 2001 }],
      {},
      'delivered container/web eth0 198.51.100.7 > 172.17.0.2:80, answered by 203.0.113.10',
    ],
  ])('%s', (_, signs, more, expected) => {
    expect(verdict(signs, more)).toBe(expected);
  });

  test('an ICMPv6 error', () => {
    const signs = [{ ...error, protocol: 58, type: 1, code: 1, source: 'fd00::1', destination: 'fd00::2' }];
    const probe = { ...asked, protocol: 17, destination: 'fd00::9' };
    expect(verdict(signs, { source: 'fd00::2' }, probe)).toBe('rejected icmpv6 1/1 from fd00::1');
  });

  test('an answer without ports is held against addresses only', () => {
    const ping = { ...asked, protocol: 1, type: 8, code: 0 };
    const { destinationPort: _, ...withoutPort } = ping;
    const bare = (sign: WireSign): WireSign => {
      const { sourcePort: _s, destinationPort: _d, tcpFlags: _f, ...rest } = sign;
      return { ...rest, protocol: 1 };
    };
    const result = { signs: [bare(request), bare(answer)], connected: false, source: '198.51.100.7' };
    expect(outcome(classifyProbe(withoutPort, result))).toBe(
      'delivered container/web eth0 198.51.100.7 > 172.17.0.2, answered',
    );
  });

  test('copies elsewhere are kept, retransmissions are not', () => {
    const copy = { ...request, namespace: 'container/app' };
    const result = classifyProbe(asked, { signs: [request, request, copy, copy], connected: false });
    expect(result.alsoAt.map(({ namespace }) => namespace)).toEqual(['container/app']);
    expect(result.sent).toBeUndefined();
  });
});
