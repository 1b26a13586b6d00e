import { describe } from 'vitest';
import { places } from '../table.ts';

const base = 'network a { subnet 10.0.0.0/24, fd00::/64 }\nnetwork four { subnet 10.4.0.0/24 }\n';

describe('an address outside of its subnet', () => {
  places('CTFW3001', base, [
    ['container x { attach a 10.0.0.9, fd00::9 }'],
    ['container x { attach a 10.0.1.9 }', 'attach a 10.0.1.9'],
    ['container x { attach a fd01::9 }', 'attach a fd01::9'],
    ['container x { attach four fd00::9 }', 'attach four fd00::9'],
    ['container x { network none; plumb eth0 10.0.0.9/24 on a }'],
    ['container x { network none; plumb eth0 10.5.0.9/24 on a }', 'plumb eth0 10.5.0.9/24 on a'],
  ]);
});
