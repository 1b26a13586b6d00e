import { expect, test } from 'vitest';
import { formatResolver, resolverOf } from '../../src/names/resolver.ts';
import { containerOf, modelOf } from './support.ts';

function resolvOf(text: string, name: string): string {
  const model = modelOf(text);
  return formatResolver(resolverOf(model, containerOf(model, name)));
}

const network = 'network n { subnet 172.17.0.0/16 }\n';
const twoFamilies = 'network n { subnet 172.17.0.0/16, fd00:17::/64 }\n';

test('servers, search domains and options, in this order', () => {
  const text = `${network}container c {
  attach n
  dns-option ndots:2, rotate
  dns-search example.org, example.net
  dns 10.0.0.53, fd00::53
}`;
  expect(resolvOf(text, 'c')).toBe(
    'nameserver 10.0.0.53\nnameserver fd00::53\nsearch example.org example.net\noptions ndots:2 rotate\n',
  );
});

test('each list is taken from the container, else its network, else the host', () => {
  const text = `host h { dns 10.0.0.1; dns-search host.example; dns-option rotate }
network n { subnet 172.17.0.0/16; dns-search net.example; dns-option ndots:1 }
container c { attach n; dns-option ndots:3 }`;
  expect(resolvOf(text, 'c')).toBe('nameserver 10.0.0.1\nsearch net.example\noptions ndots:3\n');
});

test('loopback servers are left out, IPv4-mapped ones too, and named', () => {
  const text = `${network}container c { attach n; dns 127.0.0.53, 10.0.0.53, ::1, ::ffff:127.0.0.1 }`;
  const model = modelOf(text);
  expect(resolvOf(text, 'c')).toBe('nameserver 10.0.0.53\n');
  expect(resolverOf(model, containerOf(model, 'c'))).toMatchObject({
    leftOut: ['127.0.0.53', '::1', '::ffff:127.0.0.1'],
    isFallback: false,
  });
});

test.each(['dns 127.0.0.53', 'expose 80'])('where none is left Docker falls back to its own (%s)', (item) => {
  expect(resolvOf(`${network}container c { attach n; ${item} }`, 'c')).toBe('nameserver 8.8.8.8\nnameserver 8.8.4.4\n');
  expect(resolvOf(`${twoFamilies}container c { attach n; ${item} }`, 'c')).toBe(
    'nameserver 8.8.8.8\nnameserver 8.8.4.4\nnameserver 2001:4860:4860::8888\nnameserver 2001:4860:4860::8844\n',
  );
});

test('a search list of a dot is no list', () => {
  expect(resolvOf(`${network}container c { attach n; dns 10.0.0.1; dns-search . }`, 'c')).toBe('nameserver 10.0.0.1\n');
});

test('a container that shares a network reads the file of its owner', () => {
  const text = `${network}container c { attach n; dns 10.0.0.1 }\ncontainer side { network container:c; dns 10.0.0.2 }`;
  expect(resolvOf(text, 'side')).toBe('nameserver 10.0.0.1\n');
});
