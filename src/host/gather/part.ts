/** One part of a host that is gathered: its value, and what of it is missing. */
import { type JsonReader, readJson } from '../../host-view/json-reader.ts';
import type { GatheredPart, Missing } from './gathered.ts';
import { print, type Runner } from './runner.ts';

export interface Gathered<T> {
  /** Undefined: nothing of this part is known. */
  readonly value: T | undefined;
  readonly missing: readonly Missing[];
}

/** What `read` makes of the JSON that a command prints. iproute2 prints nothing at all for an empty list. */
export async function gatherJson<T>(
  runner: Runner,
  part: GatheredPart,
  command: readonly [string, ...string[]],
  read: (document: JsonReader) => T,
): Promise<Gathered<T>> {
  const printed = await print(runner, part, command);
  if (printed.kind === 'missing') return { value: undefined, missing: [printed.missing] };
  const result = readJson(printed.text.trim() === '' ? '[]' : printed.text, read);
  if (result.kind === 'read') return { value: result.value, missing: [] };
  const message = `${part}: what \`${command.join(' ')}\` prints is not as expected (${result.problems[0]}).`;
  return { value: undefined, missing: [{ part, why: 'failed', message }] };
}
