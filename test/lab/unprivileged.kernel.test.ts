/** The lab without root: in a user namespace of its own, as somebody who owns nothing. */
import { readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startLineProcess } from '../../src/host/line-process.ts';
import { agentPath, pythonCommand, pythonOptions } from '../../src/lab/agent.ts';
import { type AgentMessage, decodeMessage, encodeRequest, type WireResult } from '../../src/lab/agent-protocol.ts';
import { labTopology } from '../../src/lab/build-topology.ts';
import { encodeTopology } from '../../src/lab/encode-topology.ts';
import { eventually } from './support/leftovers.ts';
import { edgeModel } from './support/models.ts';

const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--'];

/** Everything that an agent answers to these requests, asked one after the other. */
async function conversation(requests: readonly string[]): Promise<readonly (AgentMessage | undefined)[]> {
  const said: (AgentMessage | undefined)[] = [];
  const agent = startLineProcess('setpriv', [...asNobody, pythonCommand(), ...pythonOptions, agentPath(), 'serve'], {
    onLine: (line) => said.push(decodeMessage(line)),
  });
  const waitFor = (count: number): Promise<unknown> =>
    eventually(
      () => said.length,
      (length) => length >= count,
    );
  await waitFor(1);
  const ready = said[0];
  if (ready?.kind === 'ready') {
    expect(readlinkSync(`/proc/${ready.pid}/ns/user`)).not.toBe(readlinkSync('/proc/self/ns/user'));
    expect(readlinkSync(`/proc/${ready.pid}/ns/net`)).not.toBe(readlinkSync('/proc/self/ns/net'));
  }
  for (const [index, request] of requests.entries()) {
    agent.write(request);
    await waitFor(index + 2);
  }
  agent.endInput();
  expect(await agent.ended).toEqual({ status: 0, complaint: '' });
  return said;
}

test.runIf(process.geteuid?.() === 0)('builds, loads and probes as another user', async () => {
  const { model, host } = edgeModel();
  const rules =
    'table ip t { chain n { type nat hook prerouting priority dstnat; tcp dport 8080 dnat to 172.17.0.2:80; }; }\n';
  const said = await conversation([
    encodeRequest(1, 'build', encodeTopology(labTopology(model, host))),
    encodeRequest(2, 'exec', { namespace: 'host', command: ['nft', '-f', '-'], input: rules, timeoutMs: 10_000 }),
    encodeRequest(5, 'listen', { protocol: 'tcp', ports: [80] }),
    encodeRequest(3, 'probe', {
      quietMs: 8,
      limitMs: 3000,
      probes: [
        {
          namespace: 'outside/wan0',
          mode: 'socket',
          protocol: 6,
          source: '198.51.100.7',
          destination: '203.0.113.10',
          destinationPort: 8080,
        },
        { namespace: 'container/app', mode: 'crafted', protocol: 58, type: 128, destination: 'fd00:17::2' },
      ],
    }),
    encodeRequest(4, 'flush-connections', { namespace: 'host' }),
  ]);
  expect(said[0]?.kind).toBe('ready');
  expect(said[1]).toMatchObject({ kind: 'done', id: 1 });
  expect(said[2]).toEqual({
    kind: 'done',
    id: 2,
    result: { status: 0, stdout: '', stderr: '', timedOut: false },
  });
  expect(said[3]).toEqual({ kind: 'done', id: 5, result: null });
  const { results } = (said[4]?.kind === 'done' ? said[4].result : { results: [] }) as { results: WireResult[] };
  expect(results.map(({ connected, signs }) => [connected, signs[0]?.namespace, signs[0]?.destination])).toEqual([
    [true, 'container/web', '172.17.0.2'],
    [false, 'container/web', 'fd00:17::2'],
  ]);
  expect(said[5]).toEqual({ kind: 'done', id: 4, result: null });
});

test.runIf(process.geteuid?.() === 0)(
  'br_netfilter can be switched without root, or the lab says that it cannot',
  async () => {
    const { model, host } = edgeModel();
    const said = await conversation([
      encodeRequest(1, 'build', encodeTopology(labTopology(model, host, { brNetfilter: true }))),
    ]);
    expect(said[1]).toMatchObject({ kind: 'done', id: 1 });
  },
);
