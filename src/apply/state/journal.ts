/**
 * What was done to the host, a line each, written before and after: what a killed apply leaves for the next command to read.
 * A line begins with a check sum; a last line that was torn by a crash is as if it had never been written.
 */
import { createHash } from 'node:crypto';
import type { Locked } from '../artifact.ts';
import type { StateFiles } from './files.ts';

/** What is written down. `generation` 0 stands for no rules of ours at all. */
export type JournalEvent =
  /** An apply is about to change the host from what `previous` says to `generation`. */
  | {
      readonly kind: 'begin';
      readonly generation: number;
      readonly previous: Loaded;
      /** Seconds until it is taken back; 0: it is applied for good. */
      readonly confirmSeconds: number;
      readonly login: string | undefined;
      /** True: connections are left alone also when it is taken back. */
      readonly keepConnections?: boolean;
      /** True: rules of ours were there before that nobody has written down, so that they cannot come back. */
      readonly unknownBefore?: boolean;
      /** What is put in force where neither `generation` nor `previous` can be. */
      readonly locked?: Locked;
    }
  /** A kernel setting is about to be changed. */
  | { readonly kind: 'sysctl'; readonly name: string; readonly before: string; readonly after: string }
  /** The rules are about to be changed; `loaded` is what they will be. */
  | { readonly kind: 'changing'; readonly loaded: Loaded }
  /** The rules are in force and were read back; they are taken back at `deadline` unless confirmed. */
  | {
      readonly kind: 'applied';
      readonly generation: number;
      readonly deadline: number | undefined;
      /** Milliseconds from the start of the machine, by which the time counts: clocks are set. */
      readonly uptime?: number;
    }
  | { readonly kind: 'confirmed'; readonly generation: number; readonly by: string; readonly freshConnection: boolean }
  /** The rules are about to be taken back. */
  | { readonly kind: 'reverting'; readonly loaded: Loaded; readonly why: string }
  | { readonly kind: 'reverted'; readonly loaded: Loaded; readonly why: string }
  /** Nothing was changed after all. */
  | { readonly kind: 'abandoned'; readonly generation: number; readonly why: string }
  /** Neither the new nor the old rules could be put in force; what is in force lets nothing new pass. */
  | {
      readonly kind: 'locked';
      readonly why: string;
      /** The locked state; undefined: tables of iptables are being exchanged, and the lock of that is in force. */
      readonly loaded?: Loaded;
      /** False: there is nothing to go back to, and somebody has to apply something. */
      readonly tryAgain?: boolean;
    }
  /** Rules were loaded at the start of the machine. */
  | { readonly kind: 'restored'; readonly loaded: Loaded }
  | { readonly kind: 'guard'; readonly pid: number; readonly startTime: string };

/** Whether a line says which generation a start of the machine loads. */
export function decidesWhatIsConfirmed(event: JournalEvent): boolean {
  return (
    event.kind === 'confirmed' ||
    event.kind === 'restored' ||
    (event.kind === 'applied' && event.deadline === undefined)
  );
}

/** A generation as it is loaded: staged ones have a suffix on the names of their chains, sets and maps. */
export interface Loaded {
  readonly generation: number;
  readonly suffix: string;
  /** The locked state is in force instead of a generation, which is 0 then. */
  readonly locked?: Locked;
}

export const nothingLoaded: Loaded = { generation: 0, suffix: '' };

export interface JournalLine {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly event: JournalEvent;
}

export interface Journal {
  readonly lines: readonly JournalLine[];
  /** Lines that cannot be read although others follow: the file was damaged, not torn. */
  readonly damaged: number;
  /** How many lines before the last of those can be read; undefined where all can. */
  readonly damagedAfter: number | undefined;
  /** Whether a torn line stands at the end. */
  readonly torn: boolean;
}

export const journalName = 'journal';

export function readJournal(files: StateFiles): Journal {
  const pieces = (files.read(journalName) ?? '').split('\n');
  const tail = pieces.pop() ?? '';
  const parsed = pieces.map(parseLine);
  const lines = parsed.filter((line) => line !== undefined);
  const damaged = parsed.length - lines.length;
  const readable = parsed.slice(0, parsed.lastIndexOf(undefined)).filter((line) => line !== undefined).length;
  return { lines, damaged, damagedAfter: damaged === 0 ? undefined : readable, torn: tail !== '' };
}

/** Adds one line, which is on the disk afterwards. */
export function appendJournal(files: StateFiles, at: number, event: JournalEvent): void {
  const text = formatLine({ at, event });
  const before = files.read(journalName) ?? '';
  const end = before.lastIndexOf('\n') + 1;
  if (end < before.length) files.write(journalName, `${before.slice(0, end)}${text}`);
  else files.append(journalName, text);
}

function formatLine(line: JournalLine): string {
  const text = JSON.stringify(line);
  return `${checkSum(text)} ${text}\n`;
}

function parseLine(text: string): JournalLine | undefined {
  const [sum = '', json = ''] = [text.slice(0, sumLength), text.slice(sumLength + 1)];
  return sum === checkSum(json) ? (JSON.parse(json) as JournalLine) : undefined;
}

const sumLength = 12;

function checkSum(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, sumLength);
}

/** Keeps the last lines only, from the `begin` of the given number of applies on. */
export function shortenJournal(files: StateFiles, keepApplies: number): void {
  const { lines } = readJournal(files);
  const begins = lines.flatMap(({ event }, index) => (event.kind === 'begin' ? [index] : []));
  const first = begins.at(-keepApplies);
  if (first === undefined || first < 200) return;
  files.write(journalName, lines.slice(first).map(formatLine).join(''));
}
