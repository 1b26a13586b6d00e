import { describe, expect, test } from 'vitest';
import { complaints } from '../../support/parse-policy.ts';

describe('ports', () => {
  test.each([
    ['0', 'CTFW1041 "0"'],
    ['65536', 'CTFW1041 "65536"'],
    ['70000', 'CTFW1041 "70000"'],
    ['080', 'CTFW1032 "080"'],
    ['http', 'CTFW1040 "http"'],
    ['-1', 'CTFW1040 "-1"'],
    ['80-', 'CTFW1040 "80-"'],
    ['80-70', 'CTFW1042 "80-70"'],
    ['80-90-100', 'CTFW1040 "90-100"'],
    ['80/tpc', 'CTFW1043 "tpc"'],
    ['80/', 'CTFW1043 "/"'],
    ['80/icmp', 'CTFW1043 "icmp"'],
    ['80/TCP', 'CTFW1043 "TCP"'],
    ['80/tcp/tcp', 'CTFW1044 "/tcp"'],
    ['80/tcp/udp', 'CTFW1044 "/udp"'],
    ['99999/tpc', 'CTFW1041 "99999" CTFW1043 "tpc"'],
  ])('expose %s', (text, expected) => {
    expect(complaints(`container c { expose ${text} }`).join(' ')).toBe(expected);
  });

  test('the ends of the range are ports', () => {
    expect(complaints('container c { expose 1, 65535, 1-65535, 80-80/sctp }')).toEqual([]);
  });

  test('a service says its protocol', () => {
    expect(complaints('allow a -> b 22, 8000-8010, dns, tcp, 53/udp')).toEqual([
      'CTFW1045 "22"',
      'CTFW1045 "8000-8010"',
    ]);
    expect(complaints('allow a -> b http/tcp')).toEqual(['CTFW1040 "http"']);
    expect(complaints('host h { auto-ports 50-40 }')).toEqual(['CTFW1042 "50-40"']);
  });
});
