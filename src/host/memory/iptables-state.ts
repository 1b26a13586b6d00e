/** What an in-memory kernel holds of one iptables tool: tables with chains of rule lines, restored with `--noflush`. */

export interface MemoryIptablesChain {
  /** The policy of a built-in chain, or `-`. */
  readonly policy: string;
  readonly rules: readonly string[];
}

export type MemoryIptablesTable = ReadonlyMap<string, MemoryIptablesChain>;

export type IptablesState = ReadonlyMap<string, MemoryIptablesTable>;

export type Restored = { readonly state: IptablesState } | { readonly refused: string; readonly state: IptablesState };

const builtIn: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/** Targets that are no chains. */
const extensions: ReadonlySet<string> = new Set(
  [
    'ACCEPT DROP RETURN CONTINUE REJECT LOG NFLOG MARK CONNMARK CT NOTRACK TCPMSS',
    'DNAT SNAT MASQUERADE REDIRECT mark snat dnat log',
  ]
    .join(' ')
    .split(' '),
);

const builtInNames: ReadonlySet<string> = new Set(Object.values(builtIn).flat());

/** A table as it is before anything was loaded into it. */
function emptyTable(name: string): MemoryIptablesTable {
  return new Map((builtIn[name] ?? []).map((chain) => [chain, { policy: 'ACCEPT', rules: [] }]));
}

/** Loads a file: each table of it all or nothing, the tables before a refused one stay loaded. */
export function restore(before: IptablesState, text: string): Restored {
  const state = new Map(before);
  for (const part of tablesOf(text)) {
    const result = restoreTable(state.get(part.name) ?? emptyTable(part.name), part.lines);
    if (typeof result === 'string') return { refused: `${part.name}: ${result}`, state };
    state.set(part.name, result);
  }
  return { state };
}

function tablesOf(text: string): readonly { readonly name: string; readonly lines: readonly string[] }[] {
  const tables: { name: string; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) tables.push({ name: line.slice(1), lines: [] });
    else if (line !== '' && !line.startsWith('#') && line !== 'COMMIT') tables.at(-1)?.lines.push(line);
  }
  return tables;
}

/** The table after its lines, or why they are refused. */
function restoreTable(before: MemoryIptablesTable, lines: readonly string[]): MemoryIptablesTable | string {
  const chains = new Map(before);
  for (const line of lines) {
    const problem = line.startsWith(':') ? declare(chains, line) : change(chains, line);
    if (problem !== undefined) return problem;
  }
  return chains;
}

type Chains = Map<string, MemoryIptablesChain>;

/** Declaring a chain empties one of our own; built-in chains keep their rules under `--noflush`. */
function declare(chains: Chains, line: string): string | undefined {
  const [name = '', policy = '-'] = line.slice(1).split(' ');
  const existing = chains.get(name);
  const isBuiltIn = existing !== undefined && builtInNames.has(name);
  chains.set(name, isBuiltIn ? { policy, rules: existing.rules } : { policy, rules: [] });
  return name.length > 28 ? `chain name ${name} is too long` : undefined;
}

function change(chains: Chains, line: string): string | undefined {
  const match = /^-([AIDXF]) (\S+)(?: (.*))?$/.exec(line);
  if (match === null) return `cannot read ${line}`;
  const [, verb = '', name = '', rule = ''] = match;
  const chain = chains.get(name);
  if (chain === undefined) return `no chain ${name}`;
  const target = /-[jg] (\S+)/.exec(rule)?.[1];
  if (target !== undefined && !extensions.has(target) && !chains.has(target)) return `no chain ${target}`;
  switch (verb) {
    case 'A':
      chains.set(name, { ...chain, rules: [...chain.rules, rule] });
      return undefined;
    case 'I':
      chains.set(name, { ...chain, rules: [rule, ...chain.rules] });
      return undefined;
    case 'D': {
      const place = chain.rules.indexOf(rule);
      if (place < 0) return `no such rule in ${name}: ${rule}`;
      chains.set(name, { ...chain, rules: chain.rules.toSpliced(place, 1) });
      return undefined;
    }
    case 'F':
      chains.set(name, { ...chain, rules: [] });
      return undefined;
    default:
      if (chain.rules.length > 0 || [...chains.values()].some(({ rules }) => rules.some((one) => jumpsTo(one, name))))
        return `chain ${name} is in use`;
      chains.delete(name);
      return undefined;
  }
}

function jumpsTo(rule: string, chain: string): boolean {
  return new RegExp(`-[jg] ${chain.replace(/[^\w-]/g, '')}(?: |$)`).test(rule);
}

/** The state as the tool's save command prints it; ebtables counts nothing in chains. */
export function saveState(state: IptablesState, counts: boolean): string {
  return [...state]
    .map(([name, chains]) => {
      const declared = [...chains].map(([chain, { policy }]) => `:${chain} ${policy}${counts ? ' [0:0]' : ''}`);
      const rules = [...chains].flatMap(([chain, { rules: all }]) => all.map((rule) => `-A ${chain} ${rule}`));
      return `${[`*${name}`, ...declared, ...rules, 'COMMIT'].join('\n')}\n`;
    })
    .join('');
}
