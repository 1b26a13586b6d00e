/** A scenario's rule sets as the simulator takes them, read by the product's own readers. */
import { execFileSync } from 'node:child_process';
import { parseIptablesSave } from '../../../src/backends/iptables/parse.ts';
import { parseNftJson } from '../../../src/backends/nftables/parse-json.ts';
import type { Ruleset, Table } from '../../../src/ruleset/ruleset.ts';
import type { RulesetConfig, RulesetPart } from './types.ts';

export interface LoadedRules {
  readonly rulesets: readonly Ruleset[];
  /** Named counters that the rules declare, used or not. */
  readonly counterNames: readonly string[];
}

/** Why rules cannot be given to the simulator. */
export class NotReadable extends Error {}

/** Whether nft text changes what is loaded, and not only adds to it. */
export function changesLoaded(text: string): boolean {
  return /^\s*(?:add|insert|delete|flush|destroy|create|replace)\s/m.test(text);
}

/** What texts loaded one after the other come to, as nft itself lists it. */
export function readTexts(texts: readonly string[]): LoadedRules {
  const text = texts.join('\n');
  return readJson(withDevices(listed(text), text));
}

/** The nft text of a part; undefined for rules of other kinds. */
export function nftText(part: string | RulesetPart): string | undefined {
  if (typeof part === 'string') return part;
  if ((part.type ?? 'nft') !== 'nft' || part.text === undefined) return undefined;
  return typeof part.text === 'string' ? part.text : part.text.join('\n');
}

/** The parts of a scenario's rules. */
export function partsOf(config: RulesetConfig): readonly (string | RulesetPart)[] {
  return Array.isArray(config) ? (config as readonly (string | RulesetPart)[]) : [config as string | RulesetPart];
}

/** Reads all parts of a scenario's rules, in the order in which they are loaded. */
export function readRules(config: RulesetConfig | undefined): LoadedRules {
  const parts = config === undefined ? [] : partsOf(config);
  const loaded = parts.map((part) => readPart(typeof part === 'string' ? { type: 'nft', text: part } : part));
  return {
    rulesets: loaded.flatMap(({ rulesets }) => rulesets),
    counterNames: loaded.flatMap(({ counterNames }) => counterNames),
  };
}

function readPart(part: RulesetPart): LoadedRules {
  const type = part.type ?? 'nft';
  const text = typeof part.text === 'string' || part.text === undefined ? (part.text ?? '') : part.text.join('\n');
  switch (type) {
    case 'nft':
      if (part.json !== undefined) return readJson(withDevices(part.json, text));
      return text.trim() === '' ? { rulesets: [], counterNames: [] } : readJson(withDevices(listed(text), text));
    case 'nft-json':
      return readJson(listedFromJson(part.json ?? text));
    case 'iptables-save':
    case 'iptables-nft':
      return {
        rulesets: [parseIptablesSave(text, type, { family: 'ip', engine: 'iptables-nft' }).ruleset],
        counterNames: [],
      };
    case 'ip6tables-save':
    case 'ip6tables-nft':
      return {
        rulesets: [parseIptablesSave(text, type, { family: 'ip6', engine: 'iptables-nft' }).ruleset],
        counterNames: [],
      };
    case 'iptables-legacy':
      return {
        rulesets: [parseIptablesSave(text, type, { family: 'ip', engine: 'iptables-legacy' }).ruleset],
        counterNames: [],
      };
    case 'ip6tables-legacy':
      return {
        rulesets: [parseIptablesSave(text, type, { family: 'ip6', engine: 'iptables-legacy' }).ruleset],
        counterNames: [],
      };
    default:
      throw new NotReadable(`rules of type ${type}`);
  }
}

/** nft text as nft itself lists it: loaded into a namespace of its own, where root and nft are at hand. */
function listed(text: string): unknown {
  const names = [...new Set([...text.matchAll(/\b[io]if\s+(?:[!=]=\s*)?"?([\w.-]+)"?/g)].map(([, name = '']) => name))];
  try {
    const output = execFileSync(
      'unshare',
      ['-n', 'sh', '-c', listing, 'sh', ...names.filter((name) => name !== 'lo')],
      {
        input: text,
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    return JSON.parse(output);
  } catch {
    throw new NotReadable('nft text without its JSON, and no nft to list it');
  }
}

/** Interfaces that rules name by index have to be there. */
const listing = 'for name do ip link add name "$name" type bridge || true; done; nft -f - && nft -j list ruleset';

/** A document of commands names chains and sets by command; the reader takes both forms. */
function listedFromJson(json: unknown): unknown {
  return typeof json === 'string' ? JSON.parse(json) : json;
}

/** nft's listing of a rule text, without handles. Throws {@link NotReadable} where it cannot be made. */
export function listedRules(text: string): unknown {
  const { nftables } = listed(text) as { nftables: Record<string, Json>[] };
  return {
    nftables: nftables
      .filter((entry) => entry.metainfo === undefined)
      .map((entry) =>
        Object.fromEntries(Object.entries(entry).map(([kind, { handle: _, ...value }]) => [kind, value])),
      ),
  };
}

type Json = Record<string, unknown>;

/** nft 1.0.6 lists netdev chains without their devices: they are taken from the text. */
function withDevices(document: unknown, text: string): unknown {
  const devices = new Map<string, string[]>();
  const pattern = /chain\s+(\S+)\s*\{\s*type\s+\w+\s+hook\s+(?:in|e)gress\s+devices?\s*=?\s*(\{[^}]*\}|"?[\w.-]+"?)/g;
  for (const [, chain = '', names = ''] of text.matchAll(pattern)) devices.set(chain, names.match(/[\w.-]+/g) ?? []);
  if (devices.size === 0) return document;
  const commands = ((document as Json).nftables as Json[]).map((command) => {
    const chain = command.chain as Json | undefined;
    const known = chain === undefined ? undefined : devices.get(String(chain.name));
    return known === undefined || chain?.dev !== undefined ? command : { chain: { ...chain, dev: known } };
  });
  return { nftables: commands };
}

function readJson(document: unknown): LoadedRules {
  const names: string[] = [];
  const counters = new Map<string, (string | undefined)[]>();
  const commands = ((document as Json).nftables as Json[] | undefined) ?? [];
  const anonymous = commands.map((command) => withoutCounterNames(command, names, counters));
  const { ruleset } = parseNftJson(JSON.stringify({ nftables: anonymous }), 'scenario');
  return { rulesets: [{ tables: ruleset.tables.map((table) => nameCounters(table, counters)) }], counterNames: names };
}

/** Turns named counters into anonymous ones, which the ruleset model has, and remembers the names by chain. */
function withoutCounterNames(command: Json, names: string[], counters: Map<string, (string | undefined)[]>): Json {
  const added = command.add as Json | undefined;
  if (added !== undefined) return { add: withoutCounterNames(added, names, counters) };
  const counter = command.counter as Json | undefined;
  if (counter !== undefined) names.push(String(counter.name));
  const map = command.map as Json | undefined;
  if (typeof map?.map === 'string' && map.map.includes(' . ')) return { map: { ...map, map: map.map.split(' . ') } };
  const rule = command.rule as Json | undefined;
  if (rule === undefined) return command;
  const key = `${rule.family} ${rule.table} ${rule.chain}`;
  const list = counters.get(key) ?? [];
  counters.set(key, list);
  const expressions = (rule.expr as Json[]).map((expression) => {
    if (!('counter' in expression)) return expression;
    const name = expression.counter;
    list.push(typeof name === 'string' ? name : undefined);
    return typeof name === 'string' ? { counter: { packets: 0, bytes: 0 } } : expression;
  });
  return { rule: { ...rule, expr: expressions } };
}

function nameCounters(table: Table, counters: ReadonlyMap<string, readonly (string | undefined)[]>): Table {
  const chains = table.chains.map((chain) => {
    const names = [...(counters.get(`${table.family} ${table.name} ${chain.name}`) ?? [])];
    const rules = chain.rules.map((rule) => ({
      ...rule,
      statements: rule.statements.map((statement) => {
        if (statement.kind !== 'counter') return statement;
        const name = names.shift();
        return name === undefined ? statement : { ...statement, name };
      }),
    }));
    return { ...chain, rules };
  });
  return { ...table, chains };
}
