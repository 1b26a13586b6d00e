/** The files that compile writes for iptables, and at the head of each what it is and what was and was not shown about it. */
import { createHash } from 'node:crypto';
import { emitIptables } from '../../backends/iptables/emit.ts';
import type { Compiled } from '../../compile.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { chainPrefix } from '../../lower/iptables/chain-names.ts';
import { type DocumentOptions, describe } from './document.ts';

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

export interface IptablesDocuments {
  /** Always the same three, so that none of an earlier policy stays behind. */
  readonly files: readonly NamedText[];
  /** What iptables cannot do; then there are no files. */
  readonly diagnostics: readonly Diagnostic[];
}

const tools = {
  'rules.v4': 'iptables-restore --noflush',
  'rules.v6': 'ip6tables-restore --noflush',
  'rules.bridge': 'ebtables-restore --noflush',
} as const;

export function iptablesDocuments(compiled: Compiled, options: DocumentOptions): IptablesDocuments {
  const proved = options.written?.target === 'iptables' ? { ...options.written, diagnostics: [] } : undefined;
  const { v4, v6, bridge, diagnostics } = proved ?? emitIptables(compiled.ruleset, { ownChains: chainPrefix });
  if (diagnostics.length > 0) return { files: [], diagnostics };
  const texts = { 'rules.v4': v4, 'rules.v6': v6, 'rules.bridge': bridge ?? '' };
  const names = Object.keys(tools) as (keyof typeof tools)[];
  return {
    files: names.map((name) => ({ name, text: `${header(name, texts[name], compiled, options)}${texts[name]}` })),
    diagnostics: [],
  };
}

function header(name: keyof typeof tools, rules: string, compiled: Compiled, options: DocumentOptions): string {
  const lines = Object.entries({
    ...describe(compiled, options),
    bridgedTraffic: bridgedTraffic(compiled, options),
    load: tools[name],
    reload: 'the same without the lines that begin with -I: the jumps are there already',
    fileHash: `sha256:${createHash('sha256').update(rules).digest('hex')}`,
  });
  return lines.map(([key, value]) => `# ${key}: ${oneLine(value)}\n`).join('');
}

/** A value in one line of ASCII, whatever the policy's path is called. */
function oneLine(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replaceAll(/[^\x20-\x7e]/g, '?');
}

function bridgedTraffic({ meaning }: Compiled, { markBit }: DocumentOptions): string {
  const bit = `0x${markBit.toString(16)}`;
  if (meaning.guarded.size === 0) return `no network needs it to be judged; ${bit} of the mark is ours`;
  const names = [...meaning.guarded].map((network) => network.name).join(', ');
  return `marked with ${bit} by ebtables, judged by iptables through br_netfilter; without br_netfilter it is dropped in: ${names}`;
}
