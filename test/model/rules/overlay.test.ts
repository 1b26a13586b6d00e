import { describe } from 'vitest';
import { places } from '../table.ts';

const hosts =
  'host a { interface eth0 { address 192.168.1.4/24 }; loopback-publish off }\nhost b { interface eth0 { address 192.168.1.6/24 } }\n';
const mesh = 'network mesh on a, b { vxlan 42; subnet 10.32.0.0/16 }\n';
const publish = (port: string): string => `container web on a { attach mesh; publish ${port} }`;

describe('overlays', () => {
  places('CTFW3044', '', [
    [`${hosts}${mesh}`],
    [`host a { }\nhost b { interface eth0 { address 192.168.1.6/24 } }\n${mesh}`, 'mesh'],
  ]);
  places('CTFW3045', `${hosts}${mesh}`, [
    [publish('4790:4789/udp')],
    [publish('4789:4789/tcp')],
    [publish('4789:53/udp'), '4789:53/udp'],
    [publish('4700-4800:4700-4800/udp'), '4700-4800:4700-4800/udp'],
  ]);
});
