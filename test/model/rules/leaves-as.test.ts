import { describe } from 'vitest';
import { places } from '../table.ts';

const network = 'zone inet = any\nnetwork a { subnet 10.0.0.0/24 }\ncontainer x { attach a 10.0.0.2 }\n';

describe('an address that nothing leaves as', () => {
  places('CTFW3030', `host h { interface wan0 { address 203.0.113.10/24 } }\n${network}`, [
    ['expect x -> inet leaves as 203.0.113.10'],
    ['expect x -> inet leaves as 10.0.0.1'],
    ['expect x -> inet leaves as 10.0.0.2'],
    ['expect x -> inet leaves as 203.0.113.11', 'expect x -> inet leaves as 203.0.113.11'],
    ['expect inet -> x leaves as 198.51.100.7'],
  ]);
  places('CTFW3030', network, [['expect x -> inet leaves as 203.0.113.11']]);
});
