/**
 * One bit of the packet mark carries a hit out of nested chains: iptables returns one level at a time, and an `accept` of
 * ours must leave all our chains but not the built-in one (foreign rules behind our jump keep their say, as with nftables).
 * The bit is clear at every hook but while a lookup is under way.
 */
import { masked, meta, withBits } from '../../ruleset/expression.ts';
import type { AssignStatement, MatchStatement } from '../../ruleset/statement.ts';
import { integer } from '../../ruleset/value.ts';

export interface Flag {
  readonly isSet: MatchStatement;
  readonly isClear: MatchStatement;
  readonly set: AssignStatement;
  readonly clear: AssignStatement;
}

export function flagOf(markBit: number): Flag {
  const bit = masked(meta('mark'), integer(markBit));
  const is = (value: number): MatchStatement => ({
    kind: 'match',
    left: bit,
    operator: '==',
    right: { kind: 'value', value: integer(value) },
  });
  return {
    isSet: is(markBit),
    isClear: is(0),
    set: { kind: 'assign', target: meta('mark'), value: withBits(meta('mark'), integer(markBit)) },
    clear: { kind: 'assign', target: meta('mark'), value: masked(meta('mark'), integer(~markBit >>> 0)) },
  };
}
