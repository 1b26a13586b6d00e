/** The language server over two streams: from the first message to `exit`, or to the end of the input. */
import type { Readable, Writable } from 'node:stream';
import { createConnection, type WatchDog } from 'vscode-languageserver';
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node';
import { type ServerOptions, serve } from './server.ts';

/** How often, in milliseconds, it is looked whether the editor is still there. */
const watchInterval = 3000;

/** Serves until the editor says `exit`, closes the input or is gone; gives the exit code of the protocol: 1 for an `exit` without `shutdown`. */
export async function serveStreams(input: Readable, output: Writable, options: ServerOptions): Promise<number> {
  let watching: NodeJS.Timeout | undefined;
  let finish: (code: number) => void = () => {};
  const finished = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const watchDog: WatchDog = {
    shutdownReceived: false,
    initialize({ processId }) {
      if (typeof processId !== 'number' || watching !== undefined) return;
      watching = setInterval(() => {
        if (!isAlive(processId)) finish(0);
      }, watchInterval);
      watching.unref();
    },
    exit: (code) => finish(code),
  };
  const connection = createConnection(
    (logger) => createProtocolConnection(new StreamMessageReader(input), new StreamMessageWriter(output), logger),
    watchDog,
  );
  input.on('end', () => finish(0));
  input.on('close', () => finish(0));
  output.on('error', () => finish(0));
  const server = serve(connection, options);
  connection.listen();
  const code = await finished;
  clearInterval(watching);
  await server.close();
  connection.dispose();
  return code;
}

/** Whether a process exists; one that may not be signalled does. */
function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
