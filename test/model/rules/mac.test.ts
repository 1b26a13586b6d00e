import { describe } from 'vitest';
import { places } from '../table.ts';

const base = 'network a { subnet 10.0.0.0/24 }\nnetwork b { subnet 10.1.0.0/24 }\n';
const attach = (network: string, mac: string): string => `attach ${network} { mac ${mac} }`;

describe('MAC addresses', () => {
  places('CTFW3033', base, [
    [`container x { ${attach('a', '02:00:00:00:00:01')} }\ncontainer y { ${attach('a', '02:00:00:00:00:02')} }`],
    [
      `container x { ${attach('a', '02:00:00:00:00:0A')} }\ncontainer y { ${attach('a', '02:00:00:00:00:0a')} }`,
      attach('a', '02:00:00:00:00:0a'),
    ],
    [`container x { ${attach('a', '02:00:00:00:00:01')} }\ncontainer y { ${attach('b', '02:00:00:00:00:01')} }`],
    [`container x { ${attach('a', '01:00:00:00:00:01')} }`, attach('a', '01:00:00:00:00:01')],
    [`container x { ${attach('a', 'ff:ff:ff:ff:ff:ff')} }`, attach('a', 'ff:ff:ff:ff:ff:ff')],
  ]);
});
