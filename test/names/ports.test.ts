import { expect, test } from 'vitest';
import { formatPortMapping, portMappings } from '../../src/names/ports.ts';
import { containerOf, modelOf } from './support.ts';

function listed(text: string, name: string): readonly string[] {
  return portMappings(containerOf(modelOf(text), name)).map(formatPortMapping);
}

const host = 'host box { interface eth0 { address 192.0.2.10/24, 2001:db8::10/64 }; auto-ports 49000-49900 }\n';

test('one line a mapping, as docker port prints it, both families of a container that has both', () => {
  const text = `${host}network n { subnet 172.17.0.0/16, fd00:17::/64 }\ncontainer c { attach n; publish 8080:80 }`;
  expect(listed(text, 'c')).toEqual(['80/tcp -> 0.0.0.0:8080', '80/tcp -> [::]:8080']);
});

test('sorted by container port, protocol, address and host port, whatever the order in the file', () => {
  const text = `${host}network n { subnet 172.17.0.0/16, fd00:17::/64 }
container c {
  attach n
  publish 192.0.2.10:9000:443, [2001:db8::10]:8443:443, 127.0.0.1:53:53/udp, 127.0.0.1:5300:53/tcp, 192.0.2.10:8999:443
  publish 192.0.2.10:1000:100
}`;
  expect(listed(text, 'c')).toEqual([
    '53/tcp -> 127.0.0.1:5300',
    '53/udp -> 127.0.0.1:53',
    '100/tcp -> 192.0.2.10:1000',
    '443/tcp -> 192.0.2.10:8999',
    '443/tcp -> 192.0.2.10:9000',
    '443/tcp -> [2001:db8::10]:8443',
  ]);
});

test('a range has a line for each of its ports', () => {
  const text = `${host}network n { subnet 172.17.0.0/16 }\ncontainer c { attach n; publish 8000-8002:9000-9002/udp }`;
  expect(listed(text, 'c')).toEqual([
    '9000/udp -> 0.0.0.0:8000',
    '9001/udp -> 0.0.0.0:8001',
    '9002/udp -> 0.0.0.0:8002',
  ]);
});

test('ports that were given out are listed like the others', () => {
  const text = `${host}network n { subnet 172.17.0.0/16 }\ncontainer c { attach n; expose 80, 443; publish all }`;
  expect(listed(text, 'c')).toEqual(['80/tcp -> 0.0.0.0:49000', '443/tcp -> 0.0.0.0:49001']);
});

test('whom a publication serves is said where it is limited', () => {
  const text = `${host}zone office = 10.1.0.0/16
network n { subnet 172.17.0.0/16 }
container c { attach n; publish 8080:80 from office, box, 10.2.0.1, 10.3.0.0/16, any }`;
  expect(listed(text, 'c')).toEqual(['80/tcp -> 0.0.0.0:8080 from office, box, 10.2.0.1, 10.3.0.0/16, any']);
});

test('on a routed network a port is open at the address of the container itself', () => {
  const text = `${host}network n { subnet 172.17.0.0/16, fd00:17::/64; gateway-mode routed }
container c { attach n; publish 8080:80 }`;
  expect(listed(text, 'c')).toEqual(['80/tcp -> 172.17.0.2:80', '80/tcp -> [fd00:17::2]:80']);
});

test('containers without publications have no lines', () => {
  const text = `${host}network n { subnet 172.17.0.0/16 }
container c { attach n; publish 8080:80 }
container side { network container:c }
container db { attach n }`;
  expect(listed(text, 'side')).toEqual([]);
  expect(listed(text, 'db')).toEqual([]);
});
