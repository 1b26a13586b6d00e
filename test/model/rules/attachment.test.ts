import { describe } from 'vitest';
import { places } from '../table.ts';

const base = 'network a { subnet 10.0.0.0/24 }\nnetwork b { subnet 10.1.0.0/24, fd00::/64 }\n';

describe('attached twice to one network', () => {
  places('CTFW3026', base, [
    ['container x { attach a; attach b }'],
    ['container x { attach a; attach b; attach a }', 'attach a'],
  ]);
});

describe('the gateway of an attachment', () => {
  places('CTFW3027', base, [
    ['container x { attach a { gateway 10.0.0.254 } }'],
    ['container x { attach b { gateway 10.1.0.254, fd00::fe } }'],
    ['container x { attach a { gateway 10.1.0.254 } }', 'attach a { gateway 10.1.0.254 }'],
    ['container x { attach a { gateway fd00::fe } }', 'attach a { gateway fd00::fe }'],
  ]);
});
