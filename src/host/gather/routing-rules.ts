/** Routing policy rules of both families, from `ip -j rule show`. */
import type { RoutingRuleView } from '../../host-view/host-view.ts';
import type { JsonReader } from '../../host-view/json-reader.ts';
import { addressBits, families } from '../../net/address.ts';
import { formatPrefix, type Prefix, prefixOf } from '../../net/prefix.ts';
import type { Missing } from './gathered.ts';
import { type Gathered, gatherJson } from './part.ts';
import type { Runner } from './runner.ts';

/** Keys of a rule that say no more than the view holds. */
const known: ReadonlySet<string> = new Set([
  'priority',
  'src',
  'srclen',
  'fwmark',
  'fwmask',
  'table',
  'protocol',
  'flags',
]);

/** The rules in the order of their priority; those that both families have, once. */
export async function gatherRoutingRules(runner: Runner): Promise<Gathered<readonly RoutingRuleView[]>> {
  const missing: Missing[] = [];
  const rules = new Map<string, RoutingRuleView>();
  for (const family of families) {
    const command = ['ip', family === 'ipv4' ? '-4' : '-6', '-j', 'rule', 'show'] as const;
    const read = await gatherJson(runner, 'routing rules', command, (document) =>
      document.items().flatMap((item) => rule(item, missing)),
    );
    missing.push(...read.missing);
    for (const entry of read.value ?? []) rules.set(keyOf(entry), entry);
  }
  const sorted = [...rules.values()].sort((left, right) => left.priority - right.priority);
  return { value: sorted, missing };
}

function keyOf({ priority, mark, source, table }: RoutingRuleView): string {
  const from = source === undefined ? null : formatPrefix(source);
  return JSON.stringify([priority, mark ?? null, from, table]);
}

function rule(item: JsonReader, missing: Missing[]): readonly RoutingRuleView[] {
  const priority = item.field('priority').integer(0, 0xffff_ffff);
  const further = item.entries().flatMap(([key]) => (known.has(key) ? [] : [key]));
  const table = item.optional('table', (reader) => reader.text());
  if (further.length > 0 || table === undefined) {
    missing.push({
      part: 'routing rules',
      why: 'inexact',
      message: `The routing rule of priority ${priority} says more than the view holds (${[...further, ...(table === undefined ? ['no table'] : [])].join(', ')}); it is left out.`,
    });
    return [];
  }
  return [{ priority, mark: mark(item), source: source(item), table }];
}

function mark(item: JsonReader): RoutingRuleView['mark'] {
  const number = (name: string): number | undefined =>
    item.optional(name, (reader) => {
      const value = Number(reader.text());
      if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) reader.note('should be a mark');
      return value;
    });
  const value = number('fwmark');
  return value === undefined ? undefined : { value, mask: number('fwmask') ?? 0xffff_ffff };
}

function source(item: JsonReader): Prefix | undefined {
  if ((item.optional('src', (reader) => reader.text()) ?? 'all') === 'all') return undefined;
  const address = item.field('src').address();
  const length = item.optional('srclen', (reader) => reader.integer(0, addressBits(address.family)));
  return prefixOf(address, length ?? addressBits(address.family));
}
