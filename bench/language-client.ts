/** The client's side of a language server over standard input and output: messages of JSON behind a header with their length. */
import { spawn } from 'node:child_process';

type Params = Readonly<Record<string, unknown>>;

export interface LanguageClient {
  readonly request: (method: string, params: object | undefined) => Promise<unknown>;
  readonly notify: (method: string, params: object | undefined) => void;
  readonly onNotification: (method: string, take: (params: Params) => void) => void;
  /** When the process has ended. */
  readonly ended: Promise<void>;
  readonly kill: () => void;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: unknown;
}

const separator = '\r\n\r\n';

export function startLanguageClient(command: string, args: readonly string[]): LanguageClient {
  const server = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const answers = new Map<number, (result: unknown) => void>();
  const takers = new Map<string, (params: Params) => void>();
  let received = Buffer.alloc(0);
  let lastId = 0;

  function take(message: Message): void {
    if (message.method !== undefined) takers.get(message.method)?.(message.params ?? {});
    else answers.get(message.id ?? 0)?.(message.result);
  }

  server.stdout.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    for (let end = received.indexOf(separator); end !== -1; end = received.indexOf(separator)) {
      const length = Number(/Content-Length: (\d+)/i.exec(received.toString('latin1', 0, end))?.[1]);
      const begin = end + separator.length;
      if (received.length < begin + length) return;
      take(JSON.parse(received.toString('utf8', begin, begin + length)));
      received = received.subarray(begin + length);
    }
  });

  function send(message: object): void {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    server.stdin.write(`Content-Length: ${Buffer.byteLength(text)}${separator}${text}`);
  }

  return {
    request(method, params) {
      const id = ++lastId;
      send({ id, method, params });
      return new Promise((resolve) => answers.set(id, resolve));
    },
    notify: (method, params) => send({ method, params }),
    onNotification: (method, taker) => void takers.set(method, taker),
    ended,
    kill: () => void server.kill(),
  };
}
