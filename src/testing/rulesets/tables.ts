/** Rulesets that nftables takes: tables of all families, all kinds of statements, for laws about writing, reading and running them. */

import fc, { type Arbitrary } from 'fast-check';
import { meta } from '../../ruleset/expression.ts';
import type { BaseChain, Chain, ChainType, Hook, Rule, Ruleset, Table, TableFamily } from '../../ruleset/ruleset.ts';
import type { Statement } from '../../ruleset/statement.ts';
import { integer } from '../../ruleset/value.ts';
import { drawDynamicSet, drawMap, drawSet } from './collections.ts';
import { drawComment } from './comments.ts';
import { between, chance, type Draw, many, pick, shuffled, some } from './draw.ts';
import { drawEffect, drawEnd } from './effects.ts';
import { drawMatch } from './matches.ts';
import { type Headers, hooks, type Named, type Place } from './place.ts';

/** Any ruleset that the kernel of a common host takes, in IR; `checkRuleset` finds nothing wrong with it. */
export function arbitraryRuleset(options: { readonly maximumTables?: number } = {}): Arbitrary<Ruleset> {
  return fc.gen().map((draw) => {
    const names = shuffled(draw, tableNames).slice(0, between(draw, 1, options.maximumTables ?? 3));
    return { tables: names.map(({ family, name }) => drawTable(draw, family, name)) };
  });
}

export const tableNames = (['ip', 'ip6', 'inet', 'bridge'] as const).flatMap((family) =>
  ['ctfw', 'other-table'].map((name) => ({ family, name })),
);

export function drawTable(draw: Draw, family: TableFamily, name: string): Table {
  const subs = many(draw, 0, 2, (index) => `sub${index}`);
  const sets = many(draw, 0, 3, (index) => drawSet(draw, `set${index}`, family));
  const maps = many(draw, 0, 3, (index) => drawMap(draw, `map${index}`, family, subs));
  const dynamic = chance(draw, 3) && family !== 'bridge' ? [drawDynamicSet(draw, family)] : [];
  const named: Named = { sets: [...sets, ...dynamic], maps };
  const bases = many(draw, 1, 3, (index) => drawBaseChain(draw, `base-${index}`, family, named, subs));
  const regular = subs.map((sub, index): Chain => {
    const place: Place = {
      family,
      hook: undefined,
      type: 'filter',
      priority: 0,
      named,
      targets: subs.slice(index + 1),
    };
    return { name: sub, base: undefined, rules: many(draw, 0, 3, () => drawRule(draw, place)) };
  });
  const chains = [...bases, ...regular];
  const updated = new Set(
    chains.flatMap((chain) =>
      chain.rules.flatMap((rule) =>
        rule.statements.flatMap((statement) => (statement.kind === 'set-update' ? [statement.set] : [])),
      ),
    ),
  );
  const used = named.sets.filter((set) => !set.dynamic || updated.has(set.name));
  return { family, name, engine: 'nftables', chains, sets: used, maps };
}

export function drawBaseChain(
  draw: Draw,
  name: string,
  family: TableFamily,
  named: Named,
  targets: readonly string[],
): Chain {
  const type = family === 'bridge' ? 'filter' : pick<ChainType>(draw, ['filter', 'filter', 'nat', 'route']);
  const hook =
    type === 'route'
      ? 'output'
      : pick<Hook>(draw, type === 'nat' ? hooks.filter((candidate) => candidate !== 'forward') : hooks);
  const priority = type === 'nat' ? between(draw, -199, 300) : between(draw, -400, 400);
  const base: BaseChain = { type, hook, priority, policy: pick(draw, ['accept', 'drop']), devices: [] };
  const place: Place = { family, hook, type, priority, named, targets };
  return { name, base, rules: many(draw, 0, 5, () => drawRule(draw, place)) };
}

export function drawRule(draw: Draw, place: Place): Rule {
  const headers = drawHeaders(draw, place);
  const matches = many(draw, 0, 3, () => drawMatch(draw, place, headers));
  const effects = many(draw, 0, 2, () => drawEffect(draw, place, headers));
  return {
    statements: [...headers.statements, ...matches, ...effects, ...drawEnd(draw, place, headers)],
    ...drawComment(draw),
  };
}

export function drawHeaders(draw: Draw, place: Place): Headers {
  const network = place.family === 'ip' || place.family === 'ip6' ? place.family : pick(draw, ['ip', 'ip6'] as const);
  const icmp = network === 'ip' ? ('icmp' as const) : ('icmpv6' as const);
  const transport = pick(draw, ['tcp', 'udp', 'sctp', icmp, 'th', undefined] as const);
  const statements = transport === 'th' ? [anyOfProtocols(draw)] : [];
  return { network, transport, statements };
}

export function anyOfProtocols(draw: Draw): Statement {
  const numbers = some(draw, [6, 17, 33, 132, 136], 2);
  return {
    kind: 'match',
    left: meta('l4proto'),
    operator: '==',
    right: {
      kind: 'set',
      set: { kind: 'anonymous', elements: numbers.map((number) => ({ value: integer(number), origins: [] })) },
    },
  };
}
