import { describe } from 'vitest';
import { places } from '../table.ts';

const base =
  'host a { interface eth0 { address 192.168.1.4/24 } }\nhost b { interface eth0 { address 192.168.1.6/24 }; protect host }\n' +
  'network front on a { subnet 172.17.0.0/16 }\ncontainer web { attach front }\n' +
  'network plain on a { subnet 172.18.0.0/16; masquerade off }\ncontainer bare { attach plain }\n';

describe('containers that other hosts see as their host', () => {
  places('CTFW3046', base, [
    ['allow a -> b 22/tcp'],
    ['allow web -> b 22/tcp', 'allow web -> b 22/tcp'],
    ['allow front -> b 22/tcp', 'allow front -> b 22/tcp'],
    ['allow bare -> b 22/tcp'],
    ['allow web -> a 22/tcp'],
  ]);
});
