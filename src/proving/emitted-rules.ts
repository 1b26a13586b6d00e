/** The rules that a compiled policy ships, emitted and read back: what is judged is what would be loaded. */
import { emitIptables } from '../backends/iptables/emit.ts';
import { parseIptablesSave } from '../backends/iptables/parse.ts';
import { parseEbtablesSave } from '../backends/iptables/parse-ebtables.ts';
import { emitJson } from '../backends/nftables/emit-json.ts';
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

/** Every target that rules are emitted for: its rules of a policy, and what a reader makes of them once they are written. */
const targets = {
  nft: {
    lowered: ({ ruleset }: Compiled) => ruleset,
    readBack: (ruleset: Ruleset) => [readDocument(emitJson(ruleset))],
  },
  iptables: {
    lowered: ({ model, host }: Compiled) => lower(model, host, { ...defaultLowerOptions, target: 'iptables' }),
    readBack: (ruleset: Ruleset) => {
      const { v4, v6, bridge, diagnostics } = emitIptables(ruleset, { ownChains: chainPrefix });
      const [refused] = diagnostics;
      if (refused !== undefined) throw new NoRules(`the policy has no rules for iptables: ${refused.message}`);
      const engine = 'iptables-nft';
      return [
        readBack('rules.v4', parseIptablesSave(v4, 'rules.v4', { family: 'ip', engine })),
        readBack('rules.v6', parseIptablesSave(v6, 'rules.v6', { family: 'ip6', engine })),
        ...(bridge === undefined
          ? []
          : [readBack('rules.bridge', parseEbtablesSave(bridge, 'rules.bridge', { engine }))]),
      ];
    },
  },
};

export type RuleTarget = keyof typeof targets;

export const ruleTargets = Object.keys(targets) as readonly RuleTarget[];

export function emittedRules(compiled: Compiled, target: RuleTarget): EmittedRules {
  const { lowered, readBack } = targets[target];
  return { target, rulesets: readBack(lowered(compiled)) };
}

/** The rules that a policy was compiled to for a target, as a reader sees them. */
export function compiledRules(compiled: Compiled, target: RuleTarget): readonly Ruleset[] {
  return targets[target].readBack(compiled.ruleset);
}

/** The document for nftables, without anything that is said about it, and what a reader makes of it. */
export function emittedDocument({ ruleset }: Compiled): {
  readonly text: string;
  readonly rulesets: readonly Ruleset[];
} {
  const text = emitJson(ruleset);
  return { text, rulesets: [readDocument(text)] };
}

function readDocument(text: string): Ruleset {
  return readBack('rules.json', parseNftJson(text, 'rules.json'));
}

/** Rules that we write and cannot read back are our own fault. */
function readBack(name: string, { ruleset, diagnostics }: ParsedRuleset): Ruleset {
  const [first] = diagnostics;
  if (first !== undefined) throw new Error(`the emitted ${name} cannot be read back: ${first.message}`);
  return ruleset;
}
