/** A lab with a switch: real connections and ARP inside and across VLANs, and nothing of it is left behind. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { check } from '../../src/compile.ts';
import { buildLab } from '../../src/lab/lab.ts';
import { policyTopology } from '../../src/lab/policy-topology.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { fixturesFolder } from '../support/fixtures.ts';

const text = readFileSync(join(fixturesFolder, 'valid/c3-vlans/policy.ctfw'), 'utf8');

/** Processes of switches of labs that this process started: their folder is in their command line. */
function switchProcesses(parent: number): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((number) => number > 0 && isOfSwitch(number) && descendsFrom(number, parent));
}

function isOfSwitch(process: number): boolean {
  return read(`/proc/${process}/cmdline`).includes('/run/ctfw-switch-');
}

function descendsFrom(process: number, ancestor: number): boolean {
  for (let current = process, steps = 0; current > 1 && steps < 20; steps++) {
    if (current === ancestor) return true;
    current = Number(/^PPid:\s*(\d+)$/m.exec(read(`/proc/${current}/status`))?.[1] ?? 0);
  }
  return false;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

test('the same tag talks, the other tag gets no answer to ARP, and the switch ends with the lab', async () => {
  const { model } = check({ name: 'policy.ctfw', text }, () => ({ error: '' }), emptyLock);
  if (model === undefined) throw new Error('the scenario has errors');
  const lab = await buildLab(policyTopology(model));
  const running = switchProcesses(process.pid);
  try {
    await lab.listen([{ protocol: 'tcp', port: 80 }]);
    const connect = (address: string) =>
      lab.exec('container/test1', [
        'python3',
        '-c',
        `import socket; socket.create_connection(("${address}", 80), 5).close(); print("there")`,
      ]);
    expect(await connect('192.168.1.120')).toMatchObject({ status: 0, stdout: 'there\n' });
    expect((await connect('192.168.1.130')).stderr).toMatch(/No route to host|timed out/);
    const neighbours = await lab.exec('container/test1', ['ip', 'neigh', 'show', 'dev', 'eth0']);
    expect(neighbours.stdout).toMatch(/192\.168\.1\.120 lladdr 02:42:c0:a8:01:78/);
    expect(neighbours.stdout).toMatch(/192\.168\.1\.130\s+(FAILED|INCOMPLETE)/);
  } finally {
    await lab.close();
  }
  // none where the kernel's bridges filter VLANs, else a database and a switch
  expect([0, 2]).toContain(running.length);
  for (let waits = 0; waits < 50 && running.some(isOfSwitch); waits++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(running.filter(isOfSwitch)).toEqual([]);
});
