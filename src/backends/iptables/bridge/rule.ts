/** One ebtables rule as statements of the ruleset. */
import { meta } from '../../../ruleset/expression.ts';
import type { Rule } from '../../../ruleset/ruleset.ts';
import { jump, type Statement, type Verdict } from '../../../ruleset/statement.ts';
import { defaultBurst, parseRate } from '../matches/limit.ts';
import { defaultLevel, parseLevel } from '../targets/log.ts';
import { changedMark } from '../targets/marks.ts';
import type { Notes } from '../text/notes.ts';
import { maximumMark, parseNumber } from '../text/numbers.ts';
import { parseProtocol } from '../text/protocols.ts';
import { unknown } from '../text/statements.ts';
import type { Token } from '../text/tokens.ts';
import { parseEtherType } from './ethernet.ts';
import { type BridgeContext, bridgeReaders } from './matches.ts';
import { type BridgeOption, readBridgeWords } from './words.ts';

export interface BridgeRuleContext {
  readonly isChain: (name: string) => boolean;
  readonly notes: Notes;
}

/** Options that are read together, as one statement. */
const groups: readonly (readonly [string, RegExp, (options: readonly BridgeOption[]) => Statement | undefined])[] = [
  ['--limit', /^limit/, readLimit],
  ['--log', /^log(-level|-prefix|-ip|-arp|-ip6)?$/, readLog],
  ['--nflog', /^nflog/, readNflog],
];

/** The rule of a line; one that is not modelled in part keeps that part verbatim. */
export function readBridgeRule(tokens: readonly Token[], context: BridgeRuleContext): readonly Rule[] {
  const options = readBridgeWords(tokens);
  const jumpAt = options.findIndex((option) => option.name === 'j');
  const matching = (jumpAt === -1 ? options : options.slice(0, jumpAt)).filter((option) => option.name !== 'c');
  const target = jumpAt === -1 ? [] : options.slice(jumpAt).filter((option) => option.name !== 'c');
  const counters = options.find((option) => option.name === 'c');
  const reading: BridgeContext = {
    etherType: positive(matching, ['p'], parseEtherType),
    protocol: positive(matching, ['ip-protocol', 'ip6-protocol'], parseProtocol),
  };
  const statements = [
    ...readMatching(matching, reading, context.notes),
    ...(counters === undefined ? [] : readCounters(counters)),
    ...(target[0] === undefined ? [] : readTarget(target[0], target.slice(1), context)),
  ];
  return [{ statements, origins: [] }];
}

function positive(
  options: readonly BridgeOption[],
  names: readonly string[],
  parse: (text: string) => number | undefined,
): number | undefined {
  const used = options.filter((option) => names.includes(option.name));
  const [only] = used;
  return only === undefined || used.length > 1 || only.negated ? undefined : parse(only.values[0] ?? '');
}

const readerOrder = new Map([...bridgeReaders.keys()].map((name, index) => [name, index]));

/** Compares first what ebtables compares first; options without a place keep theirs behind. */
function readMatching(options: readonly BridgeOption[], context: BridgeContext, notes: Notes): readonly Statement[] {
  const basic = (option: BridgeOption): number => Math.min(readerOrder.get(option.name) ?? 7, 7);
  const sorted = [...options].sort((left, right) => basic(left) - basic(right));
  const statements: Statement[] = [];
  const done = new Set<string>();
  const counts = new Map<string, number>();
  for (const option of options) counts.set(option.name, (counts.get(option.name) ?? 0) + 1);
  for (const option of sorted) {
    const group = groups.find(([, pattern]) => pattern.test(option.name));
    if (group === undefined) statements.push(...readOption(option, (counts.get(option.name) ?? 0) > 1, context, notes));
    else if (!done.has(group[0])) {
      done.add(group[0]);
      statements.push(readGroup(group, sorted, notes));
    }
  }
  return statements;
}

function readGroup(
  [name, pattern, read]: (typeof groups)[number],
  options: readonly BridgeOption[],
  notes: Notes,
): Statement {
  const members = options.filter((option) => pattern.test(option.name));
  const statement = members.some((member) => member.negated || member.values.length > 1) ? undefined : read(members);
  if (statement !== undefined) return statement;
  const effect = name === '--limit' ? 'match' : 'none';
  if (effect === 'match') notes.unmodelled(name, 'such a rule may match or not');
  return unknown(members.map((member) => member.text).join(' '), effect);
}

function readOption(
  option: BridgeOption,
  repeated: boolean,
  context: BridgeContext,
  notes: Notes,
): readonly Statement[] {
  const reader = bridgeReaders.get(option.name);
  const read = option.values.length === 1 && !repeated ? reader?.(option, option.values[0] ?? '', context) : undefined;
  if (read !== undefined) return read;
  if (reader === undefined && option.name !== '') notes.unmodelled(`--${option.name}`, 'such a rule may match or not');
  else notes.malformed(`"${option.text}" is not understood`);
  return [unknown(option.text, option.name === '' ? 'effect' : 'match')];
}

function readLimit(options: readonly BridgeOption[]): Statement | undefined {
  const rate = parseRate(options.find((option) => option.name === 'limit')?.values[0] ?? '');
  const burstText = options.find((option) => option.name === 'limit-burst')?.values[0];
  const burst = burstText === undefined ? defaultBurst : parseNumber(burstText, 10_000);
  if (rate === undefined || burst === undefined) return undefined;
  return { kind: 'limit', rate: rate.rate, unit: rate.unit, burst, over: false, of: 'packets' };
}

/** What ebtables logs at when no level is given. */
const bridgeLevel = 'notice';

function readLog(options: readonly BridgeOption[]): Statement | undefined {
  if (options.some((option) => /^log-(ip|arp|ip6)$/.test(option.name))) return undefined;
  const levelText = options.find((option) => option.name === 'log-level')?.values[0];
  const level = levelText === undefined ? bridgeLevel : parseLevel(levelText);
  if (level === undefined) return undefined;
  return {
    kind: 'log',
    prefix: options.find((option) => option.name === 'log-prefix')?.values[0],
    level: level === defaultLevel ? undefined : level,
    group: undefined,
    flags: [],
  };
}

function readNflog(options: readonly BridgeOption[]): Statement | undefined {
  if (options.some((option) => !/^nflog(-group|-prefix)?$/.test(option.name))) return undefined;
  const group = parseNumber(options.find((option) => option.name === 'nflog-group')?.values[0] ?? '0', 65535);
  if (group === undefined) return undefined;
  const prefix = options.find((option) => option.name === 'nflog-prefix')?.values[0];
  return { kind: 'log', prefix, level: undefined, group, flags: [] };
}

function readCounters(option: BridgeOption): readonly Statement[] {
  const [packets, bytes] = option.values.map((value) => parseNumber(value, Number.MAX_SAFE_INTEGER));
  return packets === undefined || bytes === undefined ? [] : [{ kind: 'counter', packets, bytes }];
}

const verdicts: Readonly<Record<string, Verdict>> = {
  ACCEPT: { kind: 'accept' },
  DROP: { kind: 'drop' },
  CONTINUE: { kind: 'continue' },
  RETURN: { kind: 'return' },
};

function readTarget(
  target: BridgeOption,
  options: readonly BridgeOption[],
  context: BridgeRuleContext,
): readonly Statement[] {
  const [name = '', ...rest] = target.values;
  const text = [target, ...options].map((option) => option.text).join(' ');
  const verdict = verdicts[name];
  if (rest.length === 0 && options.length === 0 && !target.negated) {
    if (context.isChain(name)) return [jump(name)];
    if (verdict !== undefined) return [{ kind: 'verdict', verdict }];
  }
  const marked = name === 'mark' && rest.length === 0 ? readMarkTarget(options) : undefined;
  if (marked !== undefined) return marked;
  if (['mark', 'dnat', 'snat', 'redirect', 'arpreply', ...Object.keys(verdicts)].includes(name))
    context.notes.unmodelled(`-j ${name}`, 'such a rule may do anything to the packet');
  else context.notes.undeclared(`${name} is neither a chain of this table nor a target known here`);
  return [unknown(text, 'effect')];
}

/** `-j mark`: changes the mark, then decides (ACCEPT when nothing else is said). */
function readMarkTarget(options: readonly BridgeOption[]): readonly Statement[] | undefined {
  const change = options.filter((option) => /^mark-(set|or|and|xor)$/.test(option.name));
  const end = options.filter((option) => option.name === 'mark-target');
  const value = parseNumber(change[0]?.values[0] ?? '', maximumMark);
  const verdict = end[0] === undefined ? verdicts.ACCEPT : verdicts[end[0].values[0] ?? ''];
  if (change.length !== 1 || end.length > 1 || options.length !== change.length + end.length) return undefined;
  if (value === undefined || verdict === undefined) return undefined;
  const mark = meta('mark');
  const masks: Readonly<Record<string, readonly [number, number]>> = {
    'mark-set': [value, maximumMark],
    'mark-or': [value, value],
    'mark-and': [0, (~value & maximumMark) >>> 0],
    'mark-xor': [value, 0],
  };
  const [bits, mask] = masks[change[0]?.name ?? ''] ?? [0, 0];
  return [
    { kind: 'assign', target: mark, value: changedMark(mark, bits, mask) },
    { kind: 'verdict', verdict },
  ];
}
