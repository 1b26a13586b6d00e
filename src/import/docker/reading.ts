/** What every reader of a part of an inspected object needs: a reading, and a place for keys that no version of the engines known here writes. */
import { unknownKey } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { Span } from '../../source/span.ts';
import { type Fields, fieldsOf } from '../reading/fields.ts';
import type { MappingEntry } from '../reading/node.ts';
import type { Reading as DocumentReading } from '../reading/reading.ts';
import { shorten } from '../reading/shorten.ts';
import { readEntries, saysNothing } from './values.ts';

export interface Reading extends DocumentReading {
  /** Notes a key that is not known; `level` names where it stands. */
  unknown(level: string, key: string, place: Span): void;
}

/** A reading that tells each unknown key once, with `finish`, however many objects have it. */
export function inspectReading(reading: DocumentReading): { readonly reading: Reading; finish(): void } {
  const unknown = new Map<string, { readonly level: string; readonly key: string; readonly places: Span[] }>();
  return {
    reading: {
      ...reading,
      unknown: (level, key, place) => {
        const known = unknown.get(`${level} ${key}`);
        if (known === undefined) unknown.set(`${level} ${key}`, { level, key, places: [place] });
        else known.places.push(place);
      },
    },
    finish: () => {
      for (const { level, key, places } of unknown.values()) reportUnknown(reading, level, key, places);
    },
  };
}

function reportUnknown(
  reading: DocumentReading,
  level: string,
  key: string,
  [first, ...others]: readonly Span[],
): void {
  if (first === undefined) return;
  const often = others.length === 0 ? '' : `, here and ${others.length} more times`;
  reading.add(
    report(
      unknownKey,
      first,
      `\`${shorten(key)}\` is no key of ${level} that is known here, so it was not imported${often}.`,
      { help: 'A newer engine may write it: see whether it says something about networks.' },
    ),
  );
}

/** The fields of an object that stands in a field; no fields when it is not written. */
export function fieldsIn(reading: Reading, entry: MappingEntry | undefined): Fields {
  const span = entry?.value.span ?? { file: reading.source, start: 0, end: 0 };
  return fieldsOf({ kind: 'mapping', entries: readEntries(reading, entry), span });
}

/** Notes what was not taken. Values that say nothing (null, empty, false, zero) are not worth a word: engines write every key. */
export function finishFields(
  reading: Reading,
  fields: Fields,
  level: {
    readonly scope: 'container' | 'network';
    readonly prefix: string;
    readonly irrelevant: ReadonlySet<string>;
    /** Keys that repeat what is read elsewhere, or are handles of the engine: no word about them. */
    readonly repeated?: ReadonlySet<string>;
    readonly what: string;
  },
): void {
  for (const { key, value } of fields.rest()) {
    if (saysNothing(value) || level.repeated?.has(key.text) === true) continue;
    if (level.irrelevant.has(key.text)) reading.ignore(level.scope, level.prefix + key.text, key.span);
    else reading.unknown(level.what, key.text, key.span);
  }
}
