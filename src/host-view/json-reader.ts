/** Reading JSON that somebody else wrote: every value is checked, and what is wrong is noted with its place. */
import { type Address, parseAddress } from '../net/address.ts';
import { type InterfaceAddress, type Prefix, parseInterfaceAddress, prefixOf } from '../net/prefix.ts';

/** Problems noted before the rest is left out: more of the same would not help. */
const maximumProblems = 20;

const noAddress: Address = { family: 'ipv4', value: 0n };

/**
 * One value of a document and its place. What is not as it should be is noted in `problems` and read as some empty value, so
 * a caller reads everything and then looks whether there are problems; nothing is thrown.
 */
export class JsonReader {
  readonly place: string;
  readonly problems: string[];
  private readonly value: unknown;

  constructor(value: unknown, place: string, problems: string[]) {
    this.value = value;
    this.place = place;
    this.problems = problems;
  }

  note(message: string): void {
    const place = this.place === '' ? 'the document' : this.place;
    if (this.problems.length < maximumProblems) this.problems.push(`${place}: ${message}`);
  }

  /** The value of a key, which has to be there. */
  field(name: string): JsonReader {
    const found = this.record()[name];
    if (found === undefined) this.note(`has no \`${name}\``);
    return this.inside(found, name);
  }

  /** What `read` makes of a key; undefined where the key is not there or null. */
  optional<T>(name: string, read: (reader: JsonReader) => T): T | undefined {
    const found = this.record()[name];
    return found === undefined || found === null ? undefined : read(this.inside(found, name));
  }

  /** Notes keys that are not among `names`: what they mean is not known. */
  only(...names: readonly string[]): void {
    for (const key of Object.keys(this.record())) if (!names.includes(key)) this.note(`unknown key \`${key}\``);
  }

  items(): readonly JsonReader[] {
    if (!Array.isArray(this.value)) return this.wrong('a list', []);
    return this.value.map((item, index) => new JsonReader(item, `${this.place}[${index}]`, this.problems));
  }

  entries(): readonly (readonly [key: string, value: JsonReader])[] {
    return Object.entries(this.record()).map(([key, value]) => [key, this.inside(value, key)]);
  }

  /** Whether the value is exactly this word. */
  is(word: string): boolean {
    return this.value === word;
  }

  text(): string {
    return typeof this.value === 'string' ? this.value : this.wrong('a text', '');
  }

  boolean(): boolean {
    return typeof this.value === 'boolean' ? this.value : this.wrong('true or false', false);
  }

  /** A whole number within bounds. */
  integer(minimum: number, maximum: number): number {
    const { value } = this;
    const isFine = typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum;
    return isFine ? value : this.wrong(`a whole number from ${minimum} to ${maximum}`, minimum);
  }

  oneOf<T extends string>(words: readonly [T, ...T[]]): T {
    const found = words.find((word) => word === this.value);
    return found ?? this.wrong(`one of ${words.join(', ')}`, words[0]);
  }

  address(): Address {
    const parsed = typeof this.value === 'string' ? parseAddress(this.value) : undefined;
    return parsed ?? this.wrong('an IP address', noAddress);
  }

  /** `ADDRESS/LENGTH`, host bits kept. */
  interfaceAddress(): InterfaceAddress {
    const parsed = typeof this.value === 'string' ? parseInterfaceAddress(this.value) : undefined;
    return parsed ?? this.wrong('an address with its prefix length', { address: noAddress, length: 0 });
  }

  prefix(): Prefix {
    const { address, length } = this.interfaceAddress();
    return prefixOf(address, length);
  }

  private record(): Readonly<Record<string, unknown>> {
    const { value } = this;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    return this.wrong('an object', {});
  }

  private inside(value: unknown, name: string): JsonReader {
    return new JsonReader(value, this.place === '' ? name : `${this.place}.${name}`, this.problems);
  }

  private wrong<T>(expected: string, instead: T): T {
    if (this.value !== undefined) this.note(`should be ${expected}`);
    return instead;
  }
}

/** What was read, or why it could not be. */
export type Read<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'unreadable'; readonly problems: readonly string[] };

/** Parses a JSON text and reads it. */
export function readJson<T>(text: string, read: (reader: JsonReader) => T): Read<T> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return { kind: 'unreadable', problems: [`This is not JSON: ${error instanceof Error ? error.message : error}`] };
  }
  const problems: string[] = [];
  const value = read(new JsonReader(document, '', problems));
  return problems.length > 0 ? { kind: 'unreadable', problems } : { kind: 'read', value };
}
