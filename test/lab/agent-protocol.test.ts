import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeMessage, encodeRequest } from '../../src/lab/agent-protocol.ts';
import { labTopology } from '../../src/lab/build-topology.ts';
import { encodeTopology } from '../../src/lab/encode-topology.ts';
import { sysctlPath } from '../../src/lab/sysctls.ts';
import { edgeModel } from './support/models.ts';

describe('messages', () => {
  test('a request is one line', () => {
    const line = encodeRequest(7, 'exec', { namespace: 'host', command: ['nft'], input: 'a\nb', timeoutMs: 5 });
    expect(line.includes('\n')).toBe(false);
    expect(JSON.parse(line)).toEqual({
      id: 7,
      op: 'exec',
      namespace: 'host',
      command: ['nft'],
      input: 'a\nb',
      timeoutMs: 5,
    });
  });

  test.each([
    ['{"event":"ready","protocol":1,"pid":42}', { kind: 'ready', protocol: 1, pid: 42 }],
    ['{"event":"refused","message":"unshare: no"}', { kind: 'refused', message: 'unshare: no' }],
    ['{"id":1,"ok":true,"result":null}', { kind: 'done', id: 1, result: null }],
    ['{"id":2,"ok":false,"error":"no such link"}', { kind: 'failed', id: 2, message: 'no such link' }],
    ['{"id":null,"ok":false,"error":"bad line"}', { kind: 'failed', id: undefined, message: 'bad line' }],
    ['{"event":"ready","pid":"42"}', undefined],
    ['{"ok":true,"result":1}', undefined],
    ['null', undefined],
    ['3', undefined],
    ['Traceback (most recent call last):', undefined],
  ])('%s', (line, message) => {
    expect(decodeMessage(line)).toEqual(message);
  });

  test('any line is read without a throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        decodeMessage(line);
      }),
    );
  });
});

describe('a topology in the agent’s language', () => {
  const { model, host } = edgeModel();
  const topology = labTopology(model, host);
  const wire = encodeTopology(topology);

  test('survives as JSON', () => {
    expect(JSON.parse(JSON.stringify(wire))).toEqual(wire);
  });

  test('says what a namespace holds', () => {
    const wan = wire.namespaces.find(({ name }) => name === 'outside/wan0');
    expect(wan).toMatchObject({
      interfaces: ['eth0'],
      addresses: [
        { interface: 'eth0', address: '203.0.113.1', length: 32 },
        { interface: 'eth0', address: '2001:db8:1::1', length: 128 },
      ],
      answers: { interface: 'eth0', mac: topology.outsides.wan0?.mac },
    });
    expect(wan?.routes.at(-1)).toEqual({
      destination: '::',
      length: 0,
      via: '2001:db8:1::10',
      interface: 'eth0',
      onlink: true,
    });
    expect(wan?.neighbours[0]).toEqual({
      interface: 'eth0',
      address: '203.0.113.10',
      mac: topology.outsides.wan0?.hostMac,
    });
  });

  test('ports of bridges are in hairpin mode, other ends are not', () => {
    for (const end of wire.links.flatMap(({ ends }) => ends)) expect(end.hairpin).toBe(end.bridge !== null);
    expect(wire.links.filter(({ ends }) => ends.some(({ hairpin }) => hairpin)).length).toBe(4);
  });
});

test.each([
  ['net.ipv4.ip_forward', 'net/ipv4/ip_forward'],
  ['net.ipv4.conf.eth0/100.rp_filter', 'net/ipv4/conf/eth0.100/rp_filter'],
])('the path of sysctl %s', (name, path) => {
  expect(sysctlPath(name)).toBe(path);
});
