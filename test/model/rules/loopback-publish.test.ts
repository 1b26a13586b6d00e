import { describe } from 'vitest';
import { places } from '../table.ts';

const base =
  'network a { subnet 10.0.0.0/24 }\nnetwork six { subnet fd00::/64 }\nnetwork r { subnet 10.1.0.0/24; gateway-mode routed }\n';

describe('a hint about 127.0.0.1', () => {
  places('CTFW3031', base, [
    [
      'container x { attach a; publish 8080:80; publish 8081:81 }\ncontainer y { attach a; publish 8082:82 }',
      '8080:80',
    ],
    ['container x { attach a; publish 192.168.1.5:8080:80 }'],
    ['container x { attach a; publish 127.0.0.1:8080:80 }'],
    ['zone z = any\ncontainer x { attach a; publish 8080:80 from z }'],
    ['container x { attach six; publish 8080:80 }'],
    ['container x { attach r; publish 8080:80 }'],
    ['host h { loopback-publish on }\ncontainer x { attach a; publish 8080:80 }'],
    ['host h { loopback-publish off }\ncontainer x { attach a; publish 8080:80 }'],
  ]);
});
