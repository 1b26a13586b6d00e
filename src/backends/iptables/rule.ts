/** One rule's sorted words as statements of the ruleset. */
import type { Rule } from '../../ruleset/ruleset.ts';
import { goto, jump, type Statement } from '../../ruleset/statement.ts';
import { readBasics } from './basics.ts';
import { matchModules } from './matches/index.ts';
import type { StatementMemory } from './memory.ts';
import { parseComment } from './normal/comment.ts';
import { type Match, type Modules, type RuleWords, sortWords, type Target } from './options.ts';
import { harmlessTargets, targetModules } from './targets/index.ts';
import { type MatchModule, optionTable, type ReadContext } from './text/module.ts';
import type { Notes } from './text/notes.ts';
import { parseProtocol, portHeader } from './text/protocols.ts';
import { unknown } from './text/statements.ts';
import { type Token, tokensToText } from './text/tokens.ts';

/** A comment matches everything and becomes the rule's. */
const comment: MatchModule = {
  names: ['comment'],
  options: optionTable({ comment: 1 }),
  read: () => [],
  write: () => undefined,
};

const byName = <Module extends { readonly names: readonly string[] }>(
  modules: readonly Module[],
): ReadonlyMap<string, Module> => new Map(modules.flatMap((module) => module.names.map((name) => [name, module])));

const modules: Modules = {
  matches: byName([...matchModules, comment]),
  targets: byName(targetModules),
  implied: (protocol) => {
    const number = parseProtocol(protocol);
    return number === 1 ? 'icmp' : number === 58 ? 'icmp6' : portHeader(number);
  },
};

/** Extension targets that can change what happens to a packet, or how a later rule sees it, and have no statement. */
const effectTargets: ReadonlySet<string> = new Set([
  'CLUSTERIP',
  'CT',
  'DNPT',
  'HMARK',
  'MIRROR',
  'NETMAP',
  'NFQUEUE',
  'QUEUE',
  'SAME',
  'SET',
  'SNPT',
  'SYNPROXY',
  'TARPIT',
  'TEE',
  'TPROXY',
]);

export interface RuleContext {
  readonly family: 'ip' | 'ip6';
  readonly isChain: (name: string) => boolean;
  readonly notes: Notes;
  readonly memory: StatementMemory;
}

/** The rules that a line makes: one, several for lists of addresses, none when it is for the other family. */
export function readRule(tokens: readonly Token[], context: RuleContext): readonly Rule[] {
  const words = sortWords(tokens, modules);
  if (words.onlyFamily !== undefined && words.onlyFamily !== context.family) return [];
  const { alternatives, repeated, protocol } = readBasics(words.basics, context.family, context.notes, context.memory);
  const reading: ReadContext = { family: context.family, protocol };
  const rest: Statement[] = [...repeated];
  if (words.stray.length > 0) {
    const text = tokensToText(words.stray);
    context.notes.malformed(`"${text}" belongs to no part of the rule`);
    rest.push(unknown(text, 'effect'));
  }
  for (const match of words.matches) rest.push(...readMatch(match, reading, context));
  if (words.counters !== undefined) rest.push({ kind: 'counter', ...words.counters });
  if (words.target !== undefined) rest.push(...readTarget(words.target, reading, context));
  const text = commentOf(words);
  const note = text === undefined ? { origins: [] } : parseComment(text);
  return alternatives.map((statements) => ({
    statements: [...statements, ...rest],
    ...note,
  }));
}

function commentOf(words: RuleWords): string | undefined {
  let text: string | undefined;
  for (const match of words.matches) {
    if (match.module !== comment || match.damaged) continue;
    for (const option of match.options) {
      const [value = ''] = option.values;
      text = text === undefined ? value : `${text} ${value}`;
    }
  }
  return text;
}

/** All that a match or target reads from: its words and the protocol. */
function keyOf({ tokens }: Match | Target, { protocol }: ReadContext): string {
  let key = `${protocol ?? ''}`;
  for (const token of tokens) key += `\n${token.text}`;
  return key;
}

function readMatch(match: Match, reading: ReadContext, { notes, memory }: RuleContext): readonly Statement[] {
  if (match.module === comment && !match.damaged) return [];
  const read = match.damaged
    ? undefined
    : memory.recall(keyOf(match, reading), () => match.module?.read(match.options, reading));
  if (read !== undefined) return read;
  const options = match.options.map((option) => ` --${option.name}`).join('');
  notes.unmodelled(`-m ${match.name}${options}`, 'such a rule may match or not');
  return [unknown(tokensToText(match.tokens), 'match')];
}

function readTarget(target: Target, reading: ReadContext, context: RuleContext): readonly Statement[] {
  const { name, goto: isGoto, damaged } = target;
  if (context.isChain(name) && !damaged) return [isGoto ? goto(name) : jump(name)];
  const read = damaged
    ? undefined
    : context.memory.recall(keyOf(target, reading), () => target.module?.read(target.options, reading, name));
  if (read !== undefined) return read;
  const text = tokensToText(target.tokens);
  if (!isGoto && harmlessTargets.has(name)) return [unknown(text, 'none')];
  if (!isGoto && (effectTargets.has(name) || target.module !== undefined))
    context.notes.unmodelled(`-j ${name}`, 'such a rule may do anything to the packet');
  else context.notes.undeclared(`${name} is neither a chain of this table nor a target known here`);
  return [unknown(text, 'effect')];
}
