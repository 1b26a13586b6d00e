/** The program and the machines of one test file: built before its tests, gone after them. */
import { afterAll, beforeAll } from 'vitest';
import { openMachine, type TestMachine } from './machine.ts';
import { buildProgram, type TestProgram } from './program.ts';

export interface Stage {
  /** Only within tests. */
  readonly program: TestProgram;
  readonly openMachine: () => Promise<TestMachine>;
  /** Closes something when the tests are over. */
  readonly closeLater: (what: { readonly close: () => void }) => void;
}

export function stage(): Stage {
  const opened: { readonly close: () => void }[] = [];
  let program: TestProgram | undefined;
  beforeAll(async () => {
    program = await buildProgram();
  }, 120_000);
  afterAll(() => {
    for (const one of opened) one.close();
    program?.close();
  });
  return {
    get program() {
      if (program === undefined) throw new Error('the program is built before the tests run, not before that');
      return program;
    },
    openMachine: async () => {
      const machine = await openMachine();
      opened.push(machine);
      return machine;
    },
    closeLater: (what) => void opened.push(what),
  };
}
