/** The conversation with one agent: requests out, answers back, in whatever order they come. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startLineProcess } from '../host/line-process.ts';
import { type AgentRequests, agentProtocol, decodeMessage, encodeRequest, type Operation } from './agent-protocol.ts';
import { LabError } from './lab-error.ts';

export interface Agent {
  /** The process that holds the namespaces. */
  readonly pid: number;
  /** Asks for one operation; rejects with LabError when the agent refuses it or ends. */
  readonly ask: <Name extends Operation>(
    operation: Name,
    request: AgentRequests[Name]['request'],
  ) => Promise<AgentRequests[Name]['result']>;
  /** Ends the agent, and everything of the lab with it; settles when it is gone. */
  readonly stop: () => Promise<void>;
}

export interface AgentOptions {
  /** True: the agent may outlive this process (it still does only after a `detach` request). */
  readonly mayOutlive?: boolean;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: LabError) => void;
}

/** Milliseconds that an agent has to end by itself when its input ends. */
const patience = 2000;

/** Starts an agent and waits until it can be asked. Rejects with LabError where the machine does not allow a lab. */
export async function startAgent(options: AgentOptions = {}): Promise<Agent> {
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  let detached = false;
  let onReady: Waiting | undefined;
  const child = startLineProcess(pythonCommand(), [...pythonOptions, agentPath(), 'serve'], {
    detached: options.mayOutlive ?? false,
    onLine: (line) => receive(line, waiting, onReady),
  });
  const settled = (): void => child.holdEventLoop(waiting.size > 0);
  const ready = new Promise<number>((resolve, reject) => {
    onReady = { resolve: (pid) => resolve(Number(pid)), reject };
  });
  let gone: LabError | undefined;
  void child.ended.then(({ complaint }) => {
    gone = new LabError(`The lab's agent has ended. ${complaint}`.trim());
    onReady?.reject(gone);
    for (const { reject } of waiting.values()) reject(gone);
    waiting.clear();
  });
  const ask: Agent['ask'] = async (operation, request) => {
    if (gone !== undefined) throw gone;
    const id = nextId++;
    detached ||= operation === 'detach';
    const answer = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
    child.holdEventLoop(true);
    child.write(encodeRequest(id, operation, request));
    try {
      return (await answer) as AgentRequests[typeof operation]['result'];
    } finally {
      waiting.delete(id);
      settled();
    }
  };
  const stop = async (): Promise<void> => {
    child.holdEventLoop(true);
    child.endInput();
    const timer = setTimeout(() => child.kill('SIGTERM'), detached ? 0 : patience);
    await child.ended;
    clearTimeout(timer);
  };
  const pid = await ready;
  settled();
  return { pid, ask, stop };
}

function receive(line: string, waiting: ReadonlyMap<number, Waiting>, onReady: Waiting | undefined): void {
  const message = decodeMessage(line);
  switch (message?.kind) {
    case 'ready':
      if (message.protocol === agentProtocol) onReady?.resolve(message.pid);
      else onReady?.reject(new LabError(`The lab's agent speaks protocol ${message.protocol}, not ${agentProtocol}.`));
      break;
    case 'refused':
      onReady?.reject(new LabError(`No namespaces can be made here: ${message.message}.`));
      break;
    case 'done':
      waiting.get(message.id)?.resolve(message.result);
      break;
    case 'failed': {
      const error = new LabError(message.message);
      if (message.id !== undefined) waiting.get(message.id)?.reject(error);
      break;
    }
    case undefined: // nothing that the agent says: a line of some library, perhaps
      break;
  }
}

/** Isolated from the user's environment, without site packages, and writing no compiled files beside the agent. */
export const pythonOptions: readonly string[] = ['-I', '-S', '-B'];

/** The system's Python where there is one (any will do, and version managers put slow scripts on the PATH), else that of the PATH. */
export function pythonCommand(): string {
  const ofSystem = '/usr/bin/python3';
  return existsSync(ofSystem) ? ofSystem : 'python3';
}

/** The agent ships beside the bundle and beside the sources, some folders up from this file. */
export function agentPath(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const path = join(folder, 'libexec', 'ctfw-lab-agent.py');
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) throw new LabError('The file libexec/ctfw-lab-agent.py is missing.');
  }
}
