import { describe, expect, test } from 'vitest';
import { messagesOf, places } from '../table.ts';

const networks =
  'network a { subnet 10.0.0.0/24, fd00::/64 }\nnetwork i { subnet 10.1.0.0/24; gateway-mode isolated }\n';
const host = 'host h { interface lan0 { address 192.168.1.5/24, 2001:db8::5/64 } }\n';

describe('an address that the host does not have', () => {
  places('CTFW3005', host + networks, [
    ['container x { attach a; publish 192.168.1.5:8080:80, [2001:db8::5]:8080:80 }'],
    ['container x { attach a; publish 10.0.0.1:8080:80, 127.0.0.1:8081:80, 127.8.8.8:8082:80 }'],
    ['container x { attach a; publish 0.0.0.0:8080:80, [::]:8080:80 }'],
    ['container x { attach a; publish 192.168.1.6:8080:80 }', '192.168.1.6:8080:80'],
    ['container x { attach a; publish [2001:db8::6]:8080:80 }', '[2001:db8::6]:8080:80'],
    ['container x { attach a; publish 10.1.0.1:8080:80 }', '10.1.0.1:8080:80'],
    [
      'container x { attach a; publish 192.168.1.6:8080:80, 192.168.1.6:8081:80, 192.168.1.7:80:80 }',
      '192.168.1.6:8080:80',
      '192.168.1.7:80:80',
    ],
  ]);

  places('CTFW3005', networks, [
    ['container x { attach a; publish 192.168.1.6:8080:80 }'],
    ['host h { }\ncontainer x { attach a; publish 192.168.1.6:8080:80 }'],
  ]);

  test('publish-address counts as well', () => {
    const policy = `host h { interface lan0 { address 192.168.1.5/24 }; publish-address 192.168.1.6 }\n${networks}container x { attach a; publish 8080:80 }\n`;
    expect(messagesOf('CTFW3005', policy)).toEqual(['no interface of the host `h` has the address 192.168.1.6']);
  });
});

describe('[::1]', () => {
  places('CTFW3006', host + networks, [
    ['container x { attach a; publish [::1]:8080:80 }', '[::1]:8080:80'],
    ['container x { attach a; publish [::]:8080:80 }'],
  ]);
});
