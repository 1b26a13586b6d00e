import { expect, test } from 'vitest';
import { formatHostsFile, hostsLines } from '../../src/names/hosts-file.ts';
import { containerOf, modelOf } from './support.ts';

const localLines = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

/** The lines after those for localhost, which every hosts file has. */
function hostsOf(text: string, name: string): string {
  const model = modelOf(text);
  const file = formatHostsFile(hostsLines(model, containerOf(model, name)));
  expect(file.slice(0, localLines.length)).toBe(localLines);
  return file.slice(localLines.length);
}

const defaultNetwork = 'network front { bridge docker0; subnet 172.17.0.0/16, fd00:17::/64 }\n';
const userNetwork = 'network back { subnet 172.18.0.0/16 }\n';

test('on the default bridge: the own hostname, and links with alias and name, in one direction', () => {
  const text = `${defaultNetwork}container db { attach front; expose 80 }
container web { attach front }
container other { attach front }
link web -> db as database`;
  expect(hostsOf(text, 'web')).toBe(
    '172.17.0.2\tdatabase db\nfd00:17::2\tdatabase db\n172.17.0.3\tweb\nfd00:17::3\tweb\n',
  );
  expect(hostsOf(text, 'db')).toBe('172.17.0.2\tdb\nfd00:17::2\tdb\n');
});

test('on a user-defined network: names and aliases of all containers, links as further names of the same line', () => {
  const text = `${userNetwork}container web { attach back }
container db { attach back { alias sql }; alias store; expose 80 }
link web -> db as database`;
  expect(hostsOf(text, 'web')).toBe('172.18.0.3\tdatabase db sql store\n172.18.0.2\tweb\n');
  expect(hostsOf(text, 'db')).toBe('172.18.0.3\tdb sql store\n172.18.0.2\tweb\n');
});

test('an alias for one network holds there alone', () => {
  const text = `${userNetwork}network side { subnet 172.19.0.0/16 }
container a { attach back }
container b { attach back; attach side; alias here on back }
container c { attach side }`;
  expect(hostsOf(text, 'a')).toBe('172.18.0.2\ta\n172.18.0.3\tb here\n');
  expect(hostsOf(text, 'c')).toBe('172.19.0.3\tc\n172.19.0.2\tb\n');
});

test('containers of other networks are not named', () => {
  const text = `${userNetwork}network side { subnet 172.19.0.0/16 }
container a { attach back }
container b { attach side }`;
  expect(hostsOf(text, 'a')).toBe('172.18.0.2\ta\n');
});

test('a hostname of several labels is followed by its first one', () => {
  const text = `${defaultNetwork}container web { attach front; hostname www.example.org }`;
  expect(hostsOf(text, 'web')).toBe('172.17.0.2\twww.example.org www\nfd00:17::2\twww.example.org www\n');
});

test('a container that shares a network reads the file of its owner, with the links of both', () => {
  const text = `${defaultNetwork}container web { attach front }
container metrics { network container:web }
container db { attach front; expose 80 }
link metrics -> db as store`;
  expect(hostsOf(text, 'metrics')).toBe(hostsOf(text, 'web'));
  expect(hostsOf(text, 'metrics')).toContain('172.17.0.3\tstore db\n');
});

test('a link to a container that shares a network leads to its owner', () => {
  const text = `${defaultNetwork}container web { attach front }
container db { attach front; expose 80 }
container sidecar { network container:db; expose 81 }
link web -> sidecar as stats`;
  expect(hostsOf(text, 'web')).toContain('172.17.0.3\tstats db\n');
});

test('a container without networks knows localhost alone', () => {
  expect(hostsOf('container job { network none }', 'job')).toBe('');
});
