/** Checks translations: their chains, families, addresses and ports [22]. */
import type { Hook } from '../ruleset.ts';
import type { NatOperand, NatStatement } from '../statement.ts';
import type { DataType } from '../value.ts';
import { checkExpressions, checkMapReference } from './check-match.ts';
import type { RuleContext } from './check-rule.ts';
import { checkValue } from './check-value.ts';
import type { ProtocolTrack } from './protocol-track.ts';

const hooksOfNat: Record<NatStatement['type'], readonly Hook[]> = {
  dnat: ['prerouting', 'output'],
  redirect: ['prerouting', 'output'],
  snat: ['postrouting', 'input'],
  masquerade: ['postrouting'],
};

export function checkNat(statement: NatStatement, context: RuleContext, track: ProtocolTrack): void {
  checkExpressions(statement, context);
  const { problems, view, chain } = context;
  const { type, address, port } = statement;
  for (const base of view.reachedFrom.get(chain.name) ?? []) {
    if (base.type !== 'nat') problems.add(`${type} in a chain of type ${base.type}`);
    if (!hooksOfNat[type].includes(base.hook)) problems.add(`${type} at the hook ${base.hook}`);
  }
  if (statement.shiftBase !== undefined) problems.add('nftables cannot shift a range of ports');
  if (port !== undefined && !track.hasTransport)
    problems.add('nft translates ports only behind a match of the transport protocol or of ports');
  const addressless = type === 'masquerade' || type === 'redirect';
  if (addressless && (address !== undefined || statement.family !== undefined))
    problems.add(`${type} with an address or family`);
  if (!addressless && address === undefined && port === undefined) problems.add(`${type} to nothing`);
  checkFamily(statement, context);
  if (address !== undefined) checkOperand(address, addressTypes(statement, context), context);
  if (port !== undefined) checkOperand(port, ['inet_service'], context);
}

function checkFamily(statement: NatStatement, { view, problems }: RuleContext): void {
  const tableFamily = view.table.family;
  const { family, type } = statement;
  if (tableFamily === 'inet') {
    if (statement.address !== undefined && family === undefined) problems.add(`${type} in inet without ip or ip6`);
  } else if (tableFamily !== 'ip' && tableFamily !== 'ip6') problems.add(`${type} in a table of family ${tableFamily}`);
  else if (family !== undefined && family !== tableFamily) problems.add(`${type} ${family} in family ${tableFamily}`);
}

function addressTypes(statement: NatStatement, { view }: RuleContext): readonly DataType[] {
  return [(statement.family ?? view.table.family) === 'ip6' ? 'ipv6_addr' : 'ipv4_addr'];
}

function checkOperand(operand: NatOperand, types: readonly DataType[], context: RuleContext): void {
  if (operand.kind === 'value') checkValue(operand.value, types, 'interval', context.problems);
  else if (operand.expression.kind === 'map')
    checkMapReference(operand.expression.map, operand.expression.key, types, context);
}
