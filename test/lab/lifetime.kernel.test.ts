/** A lab leaves nothing behind, however it ends, unless it is told to stay. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { identifyProcess, isRunning } from '../../src/host/process.ts';
import { run } from '../../src/host/run.ts';
import { agentPath } from '../../src/lab/agent.ts';
import { encodeRequest } from '../../src/lab/agent-protocol.ts';
import { labTopology } from '../../src/lab/build-topology.ts';
import { encodeTopology } from '../../src/lab/encode-topology.ts';
import { buildLab } from '../../src/lab/lab.ts';
import { LabError } from '../../src/lab/lab-error.ts';
import { commandInside, endRunningLab, findRunningLab, leaveRunning, runningLabs } from '../../src/lab/running-labs.ts';
import { eventually, namespaceNames, ownInterfaces, parentOf, processTree, referencesTo } from './support/leftovers.ts';
import { edgeModel } from './support/models.ts';

const { model, host } = edgeModel();
const topology = labTopology(model, host);
const running = (pids: readonly number[]): readonly number[] =>
  pids.filter((pid) => identifyProcess(pid) !== undefined);

describe('the end of a lab', () => {
  let before: readonly string[];
  beforeEach(() => {
    before = ownInterfaces();
  });
  afterEach(() => {
    expect(ownInterfaces()).toEqual(before);
  });

  test('closing it', async () => {
    const lab = await buildLab(topology);
    const names = namespaceNames(lab);
    expect(new Set(names).size).toBe(topology.namespaces.length);
    expect(referencesTo(names).length).toBeGreaterThanOrEqual(names.length);
    const processes = processTree(lab.pid);
    await lab.close();
    expect(referencesTo(names)).toEqual([]);
    expect(running(processes)).toEqual([]);
  });

  test.each([
    ['the process that holds it', (pid: number) => pid],
    ['the process that waits for that one', parentOf],
  ])('killing %s, while commands run that do not want to end', async (_, victim) => {
    const lab = await buildLab(topology);
    const names = namespaceNames(lab);
    const stubborn = lab.exec('container/db', ['sh', '-c', 'trap "" TERM HUP; sleep 1000 & sleep 1000; true']);
    const failed = expect(stubborn).rejects.toThrow(LabError);
    const processes = await eventually(
      () => processTree(lab.pid),
      (tree) => tree.length >= 4,
    );
    expect(processes.length).toBe(4); // the agent, the shell, and both sleeps
    process.kill(victim(lab.pid), 'SIGKILL');
    await failed;
    expect(
      await eventually(
        () => referencesTo(names),
        (left) => left.length === 0,
      ),
    ).toEqual([]);
    expect(
      await eventually(
        () => running(processes),
        (left) => left.length === 0,
      ),
    ).toEqual([]);
    await expect(lab.list()).rejects.toThrow(LabError);
    await lab.close();
  });

  test.each(['SIGKILL', 'SIGTERM'] as const)('its user gets %s', async (signal) => {
    const folder = mkdtempSync(join(tmpdir(), 'ctfw-test-'));
    const request = join(folder, 'build');
    writeFileSync(request, `${encodeRequest(1, 'build', encodeTopology(topology))}\n`);
    const script = `
      const agent = require('node:child_process').spawn('python3', ['-I', '-S', '-B', ${JSON.stringify(agentPath())}, 'serve']);
      agent.stdout.pipe(process.stdout);
      agent.stdin.write(require('node:fs').readFileSync(${JSON.stringify(request)}));`;
    const user = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    user.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const lines = await eventually(
      () => said.split('\n'),
      (all) => all.length === 3,
    );
    rmSync(folder, { recursive: true });
    const pid = Number(JSON.parse(lines[0] ?? '').pid);
    const { descriptors } = JSON.parse(lines[1] ?? '').result;
    const names = namespaceNames({ pid, descriptors });
    const processes = [pid, ...processTree(user.pid ?? 0)];
    expect(processes.length).toBeGreaterThanOrEqual(4); // node, the outer and the inner process of the agent (named twice)
    user.kill(signal);
    expect(
      await eventually(
        () => referencesTo(names),
        (left) => left.length === 0,
      ),
    ).toEqual([]);
    expect(
      await eventually(
        () => running(processes),
        (left) => left.length === 0,
      ),
    ).toEqual([]);
  });

  test('a topology that the kernel refuses', async () => {
    const [first, ...others] = topology.links;
    if (first === undefined) throw new Error('no link');
    const twice = { ...topology, links: [first, first, ...others] };
    await expect(buildLab(twice)).rejects.toThrow(/link lan0 - eth0: File exists/);
  });
});

describe('a lab that stays', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ctfw-test-'));
  });
  afterEach(() => {
    for (const lab of runningLabs(folder)) endRunningLab(lab, folder);
    rmSync(folder, { recursive: true });
  });

  test('can be entered and ended by another process', async () => {
    const lab = await buildLab(topology, { mayOutlive: true });
    const names = namespaceNames(lab);
    await leaveRunning(lab, 'edge', folder);
    await expect(leaveRunning(lab, 'edge', folder)).rejects.toThrow('A lab called edge is running already.');
    await expect(leaveRunning(lab, '../edge', folder)).rejects.toThrow('A lab cannot be called ../edge.');
    const found = findRunningLab('edge', folder);
    if (found === undefined) throw new Error('the lab is not there');
    for (const [place, address] of [
      ['db', '172.18.0.3/16'],
      ['metrics', '172.17.0.2/16'], // shares the namespace of web
      ['host', '192.168.1.5/24'],
      ['outside/wan0', '203.0.113.1/32'],
    ] as const) {
      const { command, args } = commandInside(found, place, ['ip', '-4', '-br', 'address']);
      const result = await run(command, args);
      expect(result).toMatchObject({ kind: 'exited', status: 0, stdout: expect.stringContaining(address) });
    }
    const failing = commandInside(found, 'db', ['sh', '-c', 'exit 7']);
    expect(await run(failing.command, failing.args)).toMatchObject({ kind: 'exited', status: 7 });
    expect(() => commandInside(found, 'nobody', ['true'])).toThrow('The lab edge has nothing called nobody.');
    expect(endRunningLab(found, folder)).toBe(true);
    expect(
      await eventually(
        () => referencesTo(names),
        (left) => left.length === 0,
      ),
    ).toEqual([]);
    expect(
      await eventually(
        () => isRunning(found.process),
        (left) => !left,
      ),
    ).toBe(false);
    expect(endRunningLab(found, folder)).toBe(false);
    expect(runningLabs(folder)).toEqual([]);
    await lab.close();
  });

  test('outlives the process that built it', async () => {
    const lab = await buildLab(topology, { mayOutlive: true });
    const names = namespaceNames(lab);
    const request = join(folder, 'build');
    await lab.close();
    expect(referencesTo(names)).toEqual([]);
    writeFileSync(
      request,
      `${encodeRequest(1, 'build', encodeTopology(topology))}\n${encodeRequest(2, 'detach', {})}\n`,
    );
    const script = `
      const agent = require('node:child_process').spawn('python3', ['-I', '-S', '-B', ${JSON.stringify(agentPath())}, 'serve'], { detached: true });
      agent.stdin.write(require('node:fs').readFileSync(${JSON.stringify(request)}));
      let said = '';
      agent.stdout.on('data', (chunk) => { said += chunk; if (said.split('\\n').length === 4) { console.log(said); process.exit(0); } });`;
    const result = await run(process.execPath, ['-e', script]);
    expect(result).toMatchObject({ kind: 'exited', status: 0 });
    const pid = Number(JSON.parse(result.kind === 'exited' ? (result.stdout.split('\n')[0] ?? '') : '').pid);
    const identity = identifyProcess(pid);
    expect(identity).toMatchObject({ pid });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(identity !== undefined && isRunning(identity)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });

  test('ends with either of its two processes', async () => {
    const lab = await buildLab(topology, { mayOutlive: true });
    const names = namespaceNames(lab);
    await leaveRunning(lab, 'edge', folder);
    process.kill(parentOf(lab.pid), 'SIGKILL');
    expect(
      await eventually(
        () => referencesTo(names),
        (left) => left.length === 0,
      ),
    ).toEqual([]);
    await lab.close();
  });

  test('files of labs that have ended are swept', async () => {
    const lab = await buildLab(topology, { mayOutlive: true });
    await leaveRunning(lab, 'gone', folder);
    process.kill(lab.pid, 'SIGKILL');
    await lab.close();
    writeFileSync(join(folder, 'half.json'), '{"formatVersion":1,');
    expect(runningLabs(folder)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
