import { describe } from 'vitest';
import { places } from '../table.ts';

const base = 'network a { subnet 10.0.0.0/24, fd00::/64 }\nnetwork b { subnet 10.1.0.0/24 }\n';

describe('routes of containers', () => {
  places('CTFW3028', base, [
    ['container x { attach a; route 10.9.0.0/16 via 10.0.0.9 }'],
    ['container x { attach a; route default via fe80::1 }'],
    ['container x { attach a; attach b; route 10.9.0.0/16 via 10.1.0.9 }'],
    ['container x { attach a; route 10.9.0.0/16 via 10.1.0.9 }', 'route 10.9.0.0/16 via 10.1.0.9'],
    ['container x { attach b; route default via fd00::1 }', 'route default via fd00::1'],
    ['container x { network none; plumb eth0 10.0.0.5/24 on a; route default via 10.0.0.1 }'],
    ['container x { network host; route default via 10.7.0.1 }'],
  ]);
});

describe('routes of the host', () => {
  places('CTFW3028', base, [
    ['host h { interface e { address 192.168.1.5/24 }; route default via 192.168.1.1 }'],
    ['host h { interface e { address 192.168.1.5/24 }; route default via 192.168.1.1 on e }'],
    ['host h { interface e { address 192.168.1.5/24 }; route 10.9.0.0/16 via 10.0.0.9 on br-a }'],
    [
      'host h { interface e { address 192.168.1.5/24 }; route default via 192.168.2.1 }',
      'route default via 192.168.2.1',
    ],
    [
      'host h { interface e { address 192.168.1.5/24 }; route default via 192.168.1.1 on f }',
      'route default via 192.168.1.1 on f',
    ],
    ['host h { route default via 192.168.2.1 on f }'],
  ]);
});
