import { describe } from 'vitest';
import { places } from '../table.ts';

const network = (subnet: string): string => `network a { subnet ${subnet} }`;

describe('subnets that no host can have an address in', () => {
  places('CTFW3032', '', [
    [network('10.0.0.0/8')],
    [network('100.64.0.0/10')],
    [network('2001:db8::/64')],
    [network('127.0.0.0/16'), 'a'],
    [network('169.254.0.0/16'), 'a'],
    [network('224.1.0.0/16'), 'a'],
    [network('0.0.0.0/0'), 'a'],
    [network('0.0.0.0/16'), 'a'],
    [network('255.255.255.0/24'), 'a'],
    [network('fe80::/64'), 'a'],
    [network('ff02::/64'), 'a'],
    [network('::/64'), 'a'],
    [network('::ffff:10.0.0.0/104'), 'a'],
  ]);
});
