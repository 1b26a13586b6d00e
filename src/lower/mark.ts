/** Our bit of the packet mark. */
import type { Network } from '../model/model.ts';
import { masked, meta, withBits } from '../ruleset/expression.ts';
import type { Rule } from '../ruleset/ruleset.ts';
import { type AssignStatement, equals, type Statement } from '../ruleset/statement.ts';
import { integer } from '../ruleset/value.ts';
import type { LowerContext } from './context.ts';
import { commented } from './part.ts';

export function hasMark({ options }: LowerContext): Statement {
  return equals(masked(meta('mark'), integer(options.markBit)), integer(options.markBit));
}

export function setMark({ options }: LowerContext): AssignStatement {
  return { kind: 'assign', target: meta('mark'), value: withBits(meta('mark'), integer(options.markBit)) };
}

export function clearMark({ options }: LowerContext): AssignStatement {
  return { kind: 'assign', target: meta('mark'), value: masked(meta('mark'), integer(~options.markBit >>> 0)) };
}

/** The networks whose containers leave with the address of the host. */
export function leavingNetworks({ networks }: LowerContext): readonly Network[] {
  return networks.filter((network) => network.masquerade && network.gatewayMode !== 'routed');
}

/**
 * iptables: in FORWARD and OUTPUT the bit is taken from every packet before our rules give it a meaning towards POSTROUTING:
 * whoever brings it along (a program with SO_MARK, another tool's mark) is not masqueraded for it.
 */
export function forgetMark(context: LowerContext): readonly Rule[] {
  const used = context.marked.size > 0 || leavingNetworks(context).length > 0;
  if (context.options.target !== 'iptables' || !used) return [];
  return [
    commented('our bit of the mark: nothing brings it along, and what is seen here is judged', clearMark(context)),
  ];
}
