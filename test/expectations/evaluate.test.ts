import { describe, expect, test } from 'vitest';
import { evaluateExpectations } from '../../src/expectations/evaluate.ts';
import { meaningOfFailingText } from '../support/meaning.ts';

const base = `
host box {
  interface lan0 { address 192.168.1.5/24 }
  interface wan0 { address 203.0.113.10/24, 2001:db8:1::10/64 }
  route default via 203.0.113.1
  protect host
}
zone office   = 192.168.1.0/24 on lan0
zone internet = any on wan0
network front { bridge docker0; subnet 172.17.0.0/16, fd00:17::/64 }
network back  { bridge br-back; subnet 172.18.0.0/16; internal; icc off }
container web { attach front 172.17.0.2, fd00:17::2; attach back 172.18.0.2; publish 8080:80 }
container db  { attach back 172.18.0.3; expose 5432/tcp }
container other { attach front 172.17.0.4, fd00:17::4 }
link web -> db
allow office -> box 22/tcp
deny other -> internet 25/tcp reject
`;

/** The results of expectations, in order: `holds`, `covers-nothing`, or what is wrong. */
function results(...expectations: readonly string[]): readonly string[] {
  const meaning = meaningOfFailingText(`${base}${expectations.map((text) => `${text}\n`).join('')}`);
  return evaluateExpectations(meaning).map((result) => (result.kind === 'fails' ? result.problem : result.kind));
}

describe('loopback', () => {
  const port = 'container lo { attach front 172.17.0.5, fd00:17::5; publish 127.0.0.1:9000:90; publish 9001:91 }\n';
  test('the host reaches it, by itself and through a publication there', () => {
    expect(
      results(
        `${port}expect box -> 127.0.0.1 9000/tcp reaches lo 90/tcp`,
        'expect any -> 127.0.0.1 9000/tcp reaches lo 91/tcp',
        'expect box -> 127.0.0.1 9001/tcp reaches lo 91/tcp',
        'expect box -> 127.0.0.0/8 9000/tcp reaches lo 90/tcp',
        'expect box -> 127.0.0.1, ::1 22/tcp allowed',
        'expect 127.0.0.1 -> 127.0.0.1 22/tcp blocked',
      ),
    ).toEqual([
      'holds',
      'it reaches port 90',
      'it reaches the host itself',
      'it reaches the host itself',
      'holds',
      'it is allowed',
    ]);
  });
  test('nothing on a wire is sent there', () => {
    expect(results(`${port}expect internet, web -> 127.0.0.1 9000/tcp blocked`)).toEqual(['covers-nothing']);
  });
  test('a deny does not speak of it unless it says so', () => {
    expect(results('deny any -> any 23/tcp\nexpect box -> 127.0.0.1 23/tcp allowed')).toEqual(['holds']);
  });
});

describe('outcomes', () => {
  test('allowed: as the sender routes it', () => {
    expect(
      results(
        'expect web -> db 5432/tcp allowed',
        'expect web -> internet 443/tcp allowed',
        'expect web -> db 5433/tcp allowed',
      ),
    ).toEqual(['holds', 'holds', 'it is blocked']);
  });
  test('blocked: from every address that the sender has', () => {
    expect(
      results(
        'expect internet -> db 5432/tcp blocked',
        'expect web -> internet 443/tcp blocked',
        'expect other -> internet 25/tcp blocked',
      ),
    ).toEqual(['holds', 'it is allowed', 'holds']);
  });
  test('rejected is not dropped', () => {
    expect(results('expect other -> internet 25/tcp rejected', 'expect internet -> db 5432/tcp rejected')).toEqual([
      'holds',
      'it is blocked',
    ]);
  });
  test('reaches: the container and its port', () => {
    expect(
      results(
        'expect internet -> box 8080/tcp reaches web 80/tcp',
        'expect internet -> box 8080/tcp reaches web 81/tcp',
        'expect internet -> box 8080/tcp reaches other',
        'expect office -> box 22/tcp reaches web',
        'expect internet -> box 8080/tcp reaches web 80/udp',
      ),
    ).toEqual(['holds', 'it reaches port 80', 'it reaches web', 'it reaches the host itself', 'it reaches web by tcp']);
  });
  test('leaves as: of that family, for flows that are allowed', () => {
    expect(
      results(
        'expect web -> internet 443/tcp leaves as 203.0.113.10',
        'expect web -> internet 443/tcp leaves as 203.0.113.11',
        'expect db -> internet 443/tcp leaves as 203.0.113.10',
      ),
    ).toEqual(['holds', 'it leaves as 203.0.113.10', 'covers-nothing']);
  });
});

describe('every packet of the universe', () => {
  test('one port among all is found', () => {
    expect(
      results(
        'expect internet -> box 1-65535/tcp blocked',
        'expect internet -> box 1-8079/tcp blocked',
        'expect internet -> box 8081-65535/tcp blocked',
      ),
    ).toEqual(['it is allowed', 'holds', 'holds']);
  });
  test('one address among all is found', () => {
    expect(results('expect 10.0.0.0/8 -> box 22/tcp blocked', 'expect 192.0.0.0/8 -> box 22/tcp blocked')).toEqual([
      'holds',
      'it is allowed',
    ]);
  });
  test('any is everyone, the host included', () => {
    expect(results('expect any -> db 5432/tcp blocked', 'expect front -> db 5432/tcp blocked')).toEqual([
      'it is allowed',
      'holds',
    ]);
  });
});
