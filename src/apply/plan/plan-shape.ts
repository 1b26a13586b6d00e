/** Whether JSON has the shape of a plan: a plan's file may be cut off, edited, or somebody else's. */
import { fileNames, targets } from '../artifact.ts';

/** What is wrong, as the path to it; undefined: nothing. */
type Shape = (value: unknown, path: string) => string | undefined;

/** The parts of a plan that applying it relies on; the others are made again. */
export function planProblem(json: unknown): string | undefined {
  return plan(json, '');
}

const is =
  (test: (value: unknown) => boolean): Shape =>
  (value, path) =>
    test(value) ? undefined : path;

const text = is((value) => typeof value === 'string');
const optionalText = is((value) => value === undefined || typeof value === 'string');
const count = is((value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const oneOf = (...words: readonly string[]): Shape => is((value) => typeof value === 'string' && words.includes(value));

const optionalCount: Shape = (value, path) => (value === undefined ? undefined : count(value, path));
/** What a date can say. */
const time = is((value) => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 8.64e15);

/** Inherited names are none of the object's own. */
const own = (value: Record<string, unknown>, name: string): unknown =>
  Object.hasOwn(value, name) ? value[name] : undefined;

const object =
  (fields: Readonly<Record<string, Shape>>): Shape =>
  (value, path) => {
    if (!isObject(value)) return path;
    return first(Object.entries(fields), ([name, shape]) =>
      shape(own(value, name), path === '' ? name : `${path}.${name}`),
    );
  };

const listOf =
  (shape: Shape): Shape =>
  (value, path) =>
    Array.isArray(value) ? first([...value.entries()], ([index, one]) => shape(one, `${path}.${index}`)) : path;

const recordOf =
  (shape: Shape): Shape =>
  (value, path) =>
    isObject(value) ? first(Object.entries(value), ([name, one]) => shape(one, `${path}.${name}`)) : path;

function first<T>(all: readonly T[], problem: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const found = problem(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The files go into a folder of the state directory by these names. */
const artifactFiles: Shape = (value, path) => {
  const unknownName = isObject(value) ? Object.keys(value).find((name) => !fileNames.includes(name)) : undefined;
  return unknownName === undefined ? recordOf(text)(value, path) : `${path}.${unknownName}`;
};

const address = is((value) => isObject(value) && typeof value.value === 'bigint');
const tuple = object({
  source: address,
  destination: address,
  sourcePort: optionalCount,
  destinationPort: optionalCount,
});

const plan = object({
  version: text,
  at: time,
  host: text,
  policy: object({ name: text, text, lock: text, includes: recordOf(text), markBit: count }),
  artifact: object({ target: oneOf(...targets), files: artifactFiles }),
  base: object({ hash: text, parts: recordOf(text), addresses: listOf(text) }),
  change: object({
    how: oneOf('nothing', 'elements', 'parts', 'whole', 'staged', 'tables'),
    elementsAdded: count,
    elementsRemoved: count,
    rules: count,
    bytes: count,
    documents: listOf(text),
  }),
  sysctls: listOf(object({ name: text, before: optionalText, after: text, why: text })),
  connections: listOf(object({ connection: object({ protocol: count, original: tuple, reply: tuple }), why: text })),
  findings: listOf(
    object({
      code: text,
      severity: oneOf('refusal', 'warning', 'note'),
      message: text,
      help: optionalText,
      place: optionalText,
    }),
  ),
  meaning: listOf(text),
});
