/** The rules that a compiled policy ships, emitted and read back: what is judged is what would be loaded. */
import { emitIptables } from '../backends/iptables/emit.ts';
import { parseIptablesSave } from '../backends/iptables/parse.ts';
import { parseEbtablesSave } from '../backends/iptables/parse-ebtables.ts';
import { emitJson } from '../backends/nftables/emit-json.ts';
import type { KeptReading } from '../backends/nftables/kept-reading.ts';
import { type ParsedRuleset, parseNftJson } from '../backends/nftables/parse-json.ts';
import type { Compiled } from '../compile.ts';
import { defaultLowerOptions } from '../lower/context.ts';
import { chainPrefix } from '../lower/iptables/chain-names.ts';
import { lower } from '../lower/lower.ts';
import type { Ruleset } from '../ruleset/ruleset.ts';
import { NoRules } from './no-rules.ts';

export interface EmittedRules {
  readonly target: RuleTarget;
  readonly rulesets: readonly Ruleset[];
}

/** Rules of a policy as they are written, without anything that is said about them. */
export type WrittenRules =
  | { readonly target: 'nft'; readonly text: string }
  | { readonly target: 'iptables'; readonly v4: string; readonly v6: string; readonly bridge: string };

export type RuleTarget = WrittenRules['target'];

export const ruleTargets: readonly RuleTarget[] = ['nft', 'iptables'];

/** The rules of a policy for a target, whatever it was compiled for, as a reader sees them. */
export function emittedRules(compiled: Compiled, target: RuleTarget): EmittedRules {
  const ruleset =
    target === 'nft'
      ? compiled.ruleset
      : lower(compiled.model, compiled.host, { ...defaultLowerOptions, target: 'iptables' });
  return { target, rulesets: readBack(write(ruleset, target)) };
}

/** The rules that a policy was compiled to for a target, as a reader sees them. */
export function compiledRules(compiled: Compiled, target: RuleTarget): readonly Ruleset[] {
  return writtenRules(compiled, target).rulesets;
}

/** The rules that a policy was compiled to for a target, as they are written, and what a reader makes of that; `kept`: from the last reading. */
export function writtenRules(
  { ruleset }: Compiled,
  target: RuleTarget,
  kept?: KeptReading,
): {
  readonly written: WrittenRules;
  readonly rulesets: readonly Ruleset[];
} {
  const written = write(ruleset, target);
  return { written, rulesets: readBack(written, kept) };
}

function write(ruleset: Ruleset, target: RuleTarget): WrittenRules {
  if (target === 'nft') return { target, text: emitJson(ruleset) };
  const { v4, v6, bridge = '', diagnostics } = emitIptables(ruleset, { ownChains: chainPrefix });
  const [refused] = diagnostics;
  if (refused !== undefined) throw new NoRules(`the policy has no rules for iptables: ${refused.message}`);
  return { target, v4, v6, bridge };
}

function readBack(written: WrittenRules, kept?: KeptReading): readonly Ruleset[] {
  if (written.target === 'nft') return [checked('rules.json', parseNftJson(written.text, 'rules.json', kept))];
  const { v4, v6, bridge } = written;
  const engine = 'iptables-nft';
  return [
    checked('rules.v4', parseIptablesSave(v4, 'rules.v4', { family: 'ip', engine })),
    checked('rules.v6', parseIptablesSave(v6, 'rules.v6', { family: 'ip6', engine })),
    ...(bridge === '' ? [] : [checked('rules.bridge', parseEbtablesSave(bridge, 'rules.bridge', { engine }))]),
  ];
}

/** Rules that we write and cannot read back are our own fault. */
function checked(name: string, { ruleset, diagnostics }: ParsedRuleset): Ruleset {
  const [first] = diagnostics;
  if (first !== undefined) throw new Error(`the emitted ${name} cannot be read back: ${first.message}`);
  return ruleset;
}
