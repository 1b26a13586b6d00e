/** A host with one container and a neighbour on its LAN, in namespaces without names, and programs in them. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { behind } from '../../../src/host/gather/runner.ts';
import { type Namespace, openNamespace } from '../../support/namespace.ts';

export interface TestMachine {
  readonly host: Namespace;
  readonly neighbour: Namespace;
  readonly web: Namespace;
  readonly close: () => void;
}

/** lan0 192.0.2.1 towards the neighbour 192.0.2.9; the bridge br-front 172.30.0.1 with web 172.30.0.2 behind it. */
export async function openMachine(): Promise<TestMachine> {
  const [host, neighbour, web] = await Promise.all([openNamespace(), openNamespace(), openNamespace()]);
  const commands: readonly (readonly [Namespace, string])[] = [
    [host, 'ip link set lo up'],
    [host, `ip link add lan0 type veth peer name eth0 netns ${neighbour.pid}`],
    [host, 'ip addr add 192.0.2.1/24 dev lan0'],
    [host, 'ip link set lan0 up'],
    [neighbour, 'ip addr add 192.0.2.9/24 dev eth0'],
    [neighbour, 'ip link set eth0 up'],
    [host, 'ip link add br-front type bridge'],
    [host, 'ip addr add 172.30.0.1/24 dev br-front'],
    [host, 'ip link set br-front up'],
    [host, `ip link add port-web type veth peer name eth0 netns ${web.pid}`],
    [host, 'ip link set port-web master br-front up'],
    [web, 'ip addr add 172.30.0.2/24 dev eth0'],
    [web, 'ip link set eth0 up'],
    [web, 'ip route add default via 172.30.0.1'],
    [host, 'sysctl -q -w net.ipv4.ip_forward=1'],
  ];
  for (const [namespace, command] of commands) await inside(namespace, command.split(' '));
  return {
    host,
    neighbour,
    web,
    close: () => {
      for (const namespace of [host, neighbour, web]) namespace.close();
    },
  };
}

/** Runs a command in a namespace and gives what it printed. */
export async function inside(namespace: Namespace, [command = '', ...args]: readonly string[]): Promise<string> {
  const result = await behind(namespace.enter)(command, args);
  if (result.kind !== 'exited' || result.status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${JSON.stringify(result)}`);
  return result.stdout;
}

const program = join(import.meta.dirname, 'stream.py');

/** Starts the program that serves or streams, and waits until it is ready. */
export async function startStream(namespace: Namespace, ...args: readonly string[]): Promise<ChildProcess> {
  const [enter, ...words] = namespace.enter;
  const child = spawn(enter, [...words, 'python3', '-u', program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', (status) => reject(new Error(`the stream ended with ${status}`)));
  });
  return child;
}

export interface StreamResult {
  readonly sent: number;
  readonly received: number;
  /** The number of the last packet that came back. */
  readonly last: number;
}

/** Ends a stream and gives what came of it. */
export function endStream(child: ChildProcess): Promise<StreamResult> {
  return new Promise((resolve) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.once('close', () => resolve(JSON.parse(text) as StreamResult));
    child.stdin?.end();
  });
}

/** Whether a new TCP connection can be made from a namespace. */
export function canConnect(namespace: Namespace, address: string, port: number): Promise<boolean> {
  const [enter, ...words] = namespace.enter;
  return new Promise((resolve) => {
    execFile(enter, [...words, 'python3', program, 'connect', address, `${port}`, '1.5'], (_, stdout) =>
      resolve(stdout.trim() === 'yes'),
    );
  });
}
