/** The rules that a compiled policy ships, emitted and read back: what is judged is what would be loaded. */
import { emitJson } from '../../backends/nftables/emit-json.ts';
import { parseNftJson } from '../../backends/nftables/parse-json.ts';
import type { Compiled } from '../../compile.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';

export interface EmittedRules {
  readonly target: RuleTarget;
  readonly rulesets: readonly Ruleset[];
}

type Emit = (compiled: Compiled) => readonly Ruleset[];

/** Every target that rules are emitted for. */
const targets = {
  nft: (compiled) => [readBack(emitJson(compiled.ruleset))],
} satisfies Record<string, Emit>;

export type RuleTarget = keyof typeof targets;

export const ruleTargets = Object.keys(targets) as readonly RuleTarget[];

export function emittedRules(compiled: Compiled, target: RuleTarget): EmittedRules {
  return { target, rulesets: targets[target](compiled) };
}

/** Rules that we write and cannot read back are our own fault. */
function readBack(text: string): Ruleset {
  const { ruleset, diagnostics } = parseNftJson(text, 'emitted rules');
  const [first] = diagnostics;
  if (first !== undefined) throw new Error(`the emitted rules cannot be read back: ${first.message}`);
  return ruleset;
}
