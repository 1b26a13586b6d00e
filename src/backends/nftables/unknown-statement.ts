/** Statements that the ruleset model lacks: kept verbatim, with the most that they may do to a packet. */
import type { UnknownStatement } from '../../ruleset/statement.ts';
import { isJsonArray, isJsonObject, type Json } from './json.ts';
import { onlyEntry } from './parse-json-value.ts';

type Effect = UnknownStatement['effect'];

/** What a statement of each kind may do at most; kinds that are not listed may do anything. */
const effects: ReadonlyMap<string, Effect> = new Map<string, Effect>([
  ['match', 'match'],
  // A full set ends the rule.
  ['set', 'match'],
  ['map', 'match'],
  ['meter', 'match'],
  ['limit', 'match'],
  ['quota', 'match'],
  ['ct count', 'match'],
  // These only count, write to a log, or note the time.
  ['counter', 'none'],
  ['log', 'none'],
  ['last', 'none'],
]);

/** A statement as it was written. */
export function unknownStatement(json: Json): UnknownStatement {
  return { kind: 'unknown', text: verbatim(json), effect: effectOf(json) };
}

function effectOf(json: Json): Effect {
  const entry = onlyEntry(json);
  if (entry === undefined) return 'effect';
  const [kind, body] = entry;
  if (kind === 'xt') return effectOfExtension(body);
  if (kind === 'mangle') return changesOnlyOptions(body) ? 'none' : 'effect';
  return effects.get(kind) ?? 'effect';
}

/** Extensions of iptables-nft: nft shows no more than their name. A comment always matches. */
function effectOfExtension(body: Json): Effect {
  if (!isJsonObject(body) || body.type !== 'match') return 'effect';
  return body.name === 'comment' ? 'none' : 'match';
}

/** Clamping the segment size, as in `tcp option maxseg size set rt mtu`, changes nothing that rules decide by. */
function changesOnlyOptions(body: Json): boolean {
  return isJsonObject(body) && onlyEntry(body.key)?.[0] === 'tcp option';
}

/** Nothing that nft writes is nested as deeply. */
const maximumDepth = 200;

function verbatim(json: Json): string {
  return nestedDeeperThan(json, maximumDepth) ? '"nested too deeply"' : JSON.stringify(json);
}

function nestedDeeperThan(json: Json, depth: number): boolean {
  if (depth === 0) return true;
  if (isJsonArray(json)) return json.some((item) => nestedDeeperThan(item, depth - 1));
  return isJsonObject(json) && Object.values(json).some((item) => nestedDeeperThan(item, depth - 1));
}
