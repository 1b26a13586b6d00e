import { describe } from 'vitest';
import { places } from '../table.ts';

const base = 'network a { subnet 10.0.0.0/24 }\n';

describe('ports of containers that share a network', () => {
  places('CTFW3007', base, [
    ['container x { attach a; expose 80 }\ncontainer y { network container:x; expose 81 }'],
    ['container x { attach a; expose 80 }\ncontainer y { network container:x; expose 80 }', '80'],
    ['container x { attach a; expose 80/tcp }\ncontainer y { network container:x; expose 80/udp }'],
    ['container x { attach a; expose 80-90 }\ncontainer y { network container:x; expose 85 }', '85'],
    ['container y { network container:x; expose 85 }\ncontainer x { attach a; expose 80-90 }', '85'],
    [
      'container x { attach a }\ncontainer y { network container:x; expose 80 }\ncontainer z { network container:y; expose 80 }',
      '80',
    ],
    ['container x { attach a; expose 80, 80 }\ncontainer y { network container:x; expose 81 }'],
    ['container x { attach a; expose 80 }\ncontainer y { attach a; expose 80 }'],
  ]);
});
