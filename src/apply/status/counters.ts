/** Packets that each statement of the policy has met: counters of rules and elements, by the lines that they come from. */

import { parseComment } from '../../backends/nftables/comment.ts';
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../backends/nftables/json.ts';
import type { GatheredHost } from '../../host/gather/gathered.ts';
import type { Installed } from '../install/installer.ts';
import { rulesFile } from '../install/nftables.ts';
import { withSuffix } from '../transaction/suffix.ts';
import { type EmittedTables, keyOfElement, tablesOfDocument } from '../transaction/tables.ts';

export interface StatementCount {
  readonly file: string;
  readonly line: number;
  readonly packets: number;
}

/**
 * The lines are those of the generation as it was applied, not those of the comments in the kernel: an element that stayed
 * from an earlier generation still bears the comment that it came with.
 */
export function countersOf({ artifact, loaded }: Installed, reading: GatheredHost): readonly StatementCount[] {
  const listing = reading.nftListing;
  if (artifact.target !== 'nftables' || listing === undefined) return [];
  const emitted = withSuffix(tablesOfDocument(artifact.files[rulesFile]), loaded.suffix);
  const found = tablesOfDocument(listing);
  const counts = new Map<string, { file: string; line: number; packets: number }>();
  for (const [comment, packets] of counted(emitted, found))
    for (const { file, line } of comment === undefined ? [] : parseComment(comment).origins) {
      const count = counts.get(`${file}:${line}`) ?? { file, line, packets: 0 };
      count.packets += packets;
      counts.set(`${file}:${line}`, count);
    }
  return [...counts.values()].sort((left, right) => left.file.localeCompare(right.file) || left.line - right.line);
}

function* counted(emitted: EmittedTables, found: EmittedTables): Generator<readonly [string | undefined, number]> {
  for (const [key, table] of emitted) {
    const there = found.get(key);
    for (const [name, { elements }] of there?.collections ?? []) {
      const ours = table.collections.get(name);
      for (const element of elements.values()) {
        const packets = packetsOf(element);
        const held = packets === undefined ? undefined : ours?.elements.get(keyOfElement(element));
        if (packets !== undefined && held !== undefined) yield [commentOf(held), packets];
      }
    }
    for (const [name, { rules }] of there?.chains ?? []) {
      const ours = table.chains.get(name)?.rules ?? [];
      for (const [index, rule] of rules.entries()) {
        const packets = counterOfRule(rule);
        const comment = ours[index]?.comment;
        if (packets !== undefined && typeof comment === 'string') yield [comment, packets];
      }
    }
  }
}

function wrapped(element: Json): JsonObject | undefined {
  const key = isJsonArray(element) ? element[0] : element;
  return isJsonObject(key) && isJsonObject(key.elem) ? key.elem : undefined;
}

function packetsOf(element: Json): number | undefined {
  const counter = wrapped(element)?.counter;
  return isJsonObject(counter) && typeof counter.packets === 'number' ? counter.packets : undefined;
}

function commentOf(element: Json): string | undefined {
  const comment = wrapped(element)?.comment;
  return typeof comment === 'string' ? comment : undefined;
}

function counterOfRule(rule: JsonObject): number | undefined {
  for (const statement of isJsonArray(rule.expr) ? rule.expr : []) {
    const counter = isJsonObject(statement) ? statement.counter : undefined;
    if (isJsonObject(counter) && typeof counter.packets === 'number') return counter.packets;
  }
  return undefined;
}
