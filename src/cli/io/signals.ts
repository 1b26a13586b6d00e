/** Signals that ask the program to end, noted until somebody looks: what must not stop in the middle goes on. */

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface SignalWatch {
  /** Whether the program was asked to end since it watches. */
  readonly askedToEnd: () => boolean;
  /** As if a signal had come: a terminal in raw mode gives keys instead. */
  readonly ask: () => void;
  /** From here on signals end the program again. */
  readonly close: () => void;
}

export function watchSignals(): SignalWatch {
  let asked = false;
  const ask = (): void => {
    asked = true;
  };
  for (const signal of signals) process.on(signal, ask);
  // a terminal that was closed can be neither read nor written, which must not end what waits either
  const streams = [process.stdin, process.stderr];
  for (const stream of streams) stream.on('error', ask);
  return {
    askedToEnd: () => asked,
    ask,
    close: () => {
      for (const signal of signals) process.off(signal, ask);
      for (const stream of streams) stream.off('error', ask);
    },
  };
}
