/** How much of a ruleset that was read from a host is understood. */
import type { Ruleset } from './ruleset.ts';
import type { Statement, UnknownStatement } from './statement.ts';

export interface Coverage {
  readonly rules: number;
  /** Rules without any statement that may match or act in an unknown way. */
  readonly modelled: number;
  /** Of these, rules that compare with a blacked-out value. */
  readonly redacted: number;
  /** How often each kind of unknown statement occurs. */
  readonly unknown: ReadonlyMap<string, number>;
  /** The first place of each kind, and what stands there. */
  readonly examples: ReadonlyMap<string, Example>;
}

export interface Example {
  readonly place: string;
  readonly text: string;
}

/** Counts rules and unknown statements; one that is known to change nothing does not count as unknown. */
export function coverage(ruleset: Ruleset): Coverage {
  const unknown = new Map<string, number>();
  const examples = new Map<string, Example>();
  let rules = 0;
  let modelled = 0;
  let redacted = 0;
  for (const table of ruleset.tables)
    for (const chain of table.chains)
      for (const [index, rule] of chain.rules.entries()) {
        rules++;
        const open = rule.statements.filter(isUnknown);
        if (open.length === 0) modelled++;
        if (rule.statements.some((one) => one.kind === 'match' && one.right.kind === 'redacted')) redacted++;
        for (const statement of open) {
          const kind = kindOf(statement);
          unknown.set(kind, (unknown.get(kind) ?? 0) + 1);
          if (examples.has(kind)) continue;
          const place = `${table.family} ${table.name} ${chain.name} rule ${index + 1}`;
          examples.set(kind, { place, text: statement.text.trim() });
        }
      }
  return { rules, modelled, redacted, unknown, examples };
}

function isUnknown(statement: Statement): statement is UnknownStatement {
  return statement.kind === 'unknown' && statement.effect !== 'none';
}

/** The word that names the construct: `-m recent`, `-j TPROXY`, the first word, or the first key of JSON. */
function kindOf(statement: UnknownStatement): string {
  const text = statement.text.trim();
  const option = /^(?:! )?(-\S+)(?: (\S+))?/.exec(text);
  if (option !== null) return /^-[mjg]$/.test(option[1] ?? '') ? `${option[1]} ${option[2] ?? ''}` : (option[1] ?? '');
  const key = /^\{\s*"([^"]*)"/.exec(text);
  return key?.[1] ?? /^\S*/.exec(text)?.[0] ?? '';
}
