/** Tests of ports, which iptables knows by protocol alone. */
import { type Known, protocolField, withHeader } from './dispatch.ts';
import { textOf, valueKey } from './element.ts';
import type { Test } from './moves.ts';

/** Ports as those of the protocol that the rule names. */
export function headed<T extends Test>(matches: readonly T[], known: Known): readonly T[] {
  const own = matches.find(
    (match) => match.kind === 'match' && match.operator === '==' && textOf(match.left) === protocolField.id,
  );
  const protocol =
    own?.kind === 'match' && own.right.kind === 'value' ? valueKey(own.right.value) : known.get(protocolField.id);
  return matches.map((match) => (match.kind === 'match' ? (withHeader(match, protocol) as T) : match));
}
