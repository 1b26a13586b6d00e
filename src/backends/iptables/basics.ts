/** The parts that every rule may have without a match extension: addresses, interfaces, protocol, fragment. */
import { masked, meta, payload } from '../../ruleset/expression.ts';
import { differs, equals, type Statement } from '../../ruleset/statement.ts';
import { integer, interfaceName } from '../../ruleset/value.ts';
import type { StatementMemory } from './memory.ts';
import type { BasicName, BasicUse } from './options.ts';
import { isWholeFamily, parseMaskedAddress } from './text/addresses.ts';
import { parseInterface } from './text/interfaces.ts';
import type { Notes } from './text/notes.ts';
import { parseProtocol } from './text/protocols.ts';
import { compareRedacted, isRedactedAddress } from './text/redacted.ts';
import { unknown } from './text/statements.ts';
import { tokensToText } from './text/tokens.ts';

/** The alternatives of a rule's addresses: a list of sources or destinations makes a rule each. */
export interface Basics {
  readonly alternatives: readonly (readonly Statement[])[];
  /** Parts that were given more than once, verbatim. */
  readonly repeated: readonly Statement[];
  /** The protocol of `-p`, when it names exactly one. */
  readonly protocol: number | undefined;
}

/** The order in which iptables compares and lists them. */
const places: Readonly<Record<BasicName, number>> = {
  source: 0,
  destination: 1,
  in: 2,
  out: 3,
  protocol: 4,
  fragment: 5,
};

const letters: Readonly<Record<BasicName, string>> = {
  source: '-s',
  destination: '-d',
  in: '-i',
  out: '-o',
  protocol: '-p',
  fragment: '-f',
};

/** A rule for every pair of addresses, as iptables makes them, up to this many. */
const mostAlternatives = 4096;

export function readBasics(
  uses: readonly BasicUse[],
  family: 'ip' | 'ip6',
  notes: Notes,
  memory: StatementMemory,
): Basics {
  let alternatives: readonly (readonly Statement[])[] = [[]];
  let protocol: number | undefined;
  let previous: BasicName | undefined;
  const sorted = uses.length < 2 ? uses : [...uses].sort((left, right) => places[left.name] - places[right.name]);
  const extra: Statement[] = [];
  for (const use of sorted) {
    const repeated = use.name === previous;
    previous = use.name;
    const read = repeated ? undefined : readRemembered(use, family, mostAlternatives / alternatives.length, memory);
    if (read === undefined) notes.malformed(complaint(use, repeated));
    if (repeated) {
      extra.push(unknown(basicText(use), 'match'));
      continue;
    }
    const options = read ?? [[unknown(basicText(use), 'match')]];
    alternatives = combine(alternatives, options);
    if (use.name === 'protocol' && read !== undefined && !use.negated) protocol = parseProtocol(use.value) || undefined;
  }
  return { alternatives, repeated: extra, protocol };
}

/** Every alternative with every option behind it. */
function combine(
  alternatives: readonly (readonly Statement[])[],
  options: readonly (readonly Statement[])[],
): readonly (readonly Statement[])[] {
  const [alternative] = alternatives;
  const [option] = options;
  if (alternatives.length === 1 && options.length === 1 && alternative !== undefined && option !== undefined)
    return [alternative.length === 0 ? option : alternative.concat(option)];
  return alternatives.flatMap((before) => options.map((statements) => [...before, ...statements]));
}

function basicText(use: BasicUse): string {
  const words = [
    ...(use.negated ? [{ text: '!', quoted: false }] : []),
    { text: letters[use.name], quoted: false },
    ...(use.name === 'fragment' ? [] : [{ text: use.value, quoted: false }]),
  ];
  return tokensToText(words);
}

function complaint(use: BasicUse, repeated: boolean): string {
  if (repeated) return `a rule has ${letters[use.name]} only once, here it is given again`;
  if (use.negated && use.value.includes(',')) return `"not" does not go with a list of addresses: ${basicText(use)}`;
  return `"${use.value}" is nothing that ${letters[use.name]} takes`;
}

/** Interfaces and protocols are the same few in all rules; addresses are not, and lists of them depend on the others. */
function readRemembered(
  use: BasicUse,
  family: 'ip' | 'ip6',
  mostHere: number,
  memory: StatementMemory,
): readonly (readonly Statement[])[] | undefined {
  if (use.name === 'source' || use.name === 'destination') return readOne(use, family, mostHere);
  const key = `${letters[use.name]}${use.negated ? '!' : ' '}${use.value}`;
  const statements = memory.recall(key, () => readOne(use, family, mostHere)?.[0]);
  return single(statements);
}

/** The alternatives of one part, each a list of statements (none when it holds for every packet). */
function readOne(use: BasicUse, family: 'ip' | 'ip6', mostHere: number): readonly (readonly Statement[])[] | undefined {
  switch (use.name) {
    case 'source':
      return readAddresses(use, family, 'saddr', mostHere);
    case 'destination':
      return readAddresses(use, family, 'daddr', mostHere);
    case 'in':
      return single(readInterface(use, 'iifname'));
    case 'out':
      return single(readInterface(use, 'oifname'));
    case 'protocol':
      return single(readProtocol(use));
    case 'fragment':
      return single(readFragment(use, family));
  }
}

function single(statements: readonly Statement[] | undefined): readonly (readonly Statement[])[] | undefined {
  return statements === undefined ? undefined : [statements];
}

function readAddresses(
  use: BasicUse,
  family: 'ip' | 'ip6',
  field: 'saddr' | 'daddr',
  mostHere: number,
): readonly (readonly Statement[])[] | undefined {
  const texts = use.value.includes(',') ? use.value.split(',') : [use.value];
  if (texts.length > mostHere || (texts.length > 1 && use.negated)) return undefined;
  const result: (readonly Statement[])[] = [];
  for (const text of texts) {
    if (isRedactedAddress(text, family)) {
      result.push([compareRedacted(payload(family, field), use, text)]);
      continue;
    }
    const comparison = parseMaskedAddress(text, family, payload(family, field));
    if (comparison === undefined) return undefined;
    const { left, value } = comparison;
    if (use.negated) result.push([differs(left, value)]);
    else result.push(isWholeFamily(value) ? [] : [equals(left, value)]);
  }
  return result;
}

/** `-i +` is any interface; its negation holds for none, which the wildcard of the empty beginning says. */
function readInterface(use: BasicUse, key: 'iifname' | 'oifname'): readonly Statement[] | undefined {
  if (use.value === '+') return use.negated ? [differs(meta(key), interfaceName('*'))] : [];
  const name = parseInterface(use.value);
  if (name === undefined) return undefined;
  return [use.negated ? differs(meta(key), name) : equals(meta(key), name)];
}

function readProtocol(use: BasicUse): readonly Statement[] | undefined {
  const number = parseProtocol(use.value);
  if (number === undefined || (number === 0 && use.negated)) return undefined;
  if (number === 0) return [];
  return [use.negated ? differs(meta('l4proto'), integer(number)) : equals(meta('l4proto'), integer(number))];
}

/** `-f`: a fragment that is not the first. ip6tables has no such option. */
function readFragment(use: BasicUse, family: 'ip' | 'ip6'): readonly Statement[] | undefined {
  if (family === 'ip6') return undefined;
  const offset = masked(payload('ip', 'frag-off'), integer(0x1fff));
  return [use.negated ? equals(offset, integer(0)) : differs(offset, integer(0))];
}
