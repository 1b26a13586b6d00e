/**
 * The rules of a chain by the family of the packet: in a table of several families a good part of them ask for a header that the
 * packet at hand does not have. Law: the same as the walk. A rule is left out only when its match on the family fails for certain,
 * and when nothing that stands before that match has an effect or can be unknown.
 */
import type { Expression } from '../../ruleset/expression.ts';
import type { Rule, TableFamily } from '../../ruleset/ruleset.ts';
import type { NatOperand, NatStatement, Statement } from '../../ruleset/statement.ts';
import type { PacketFamily } from '../packet/packet.ts';
import type { ChainIndex, CompiledRule } from './chains.ts';
import { isSafe } from './index-chain.ts';
import { compileInterval } from './interval.ts';
import { familyNumbers } from './meta.ts';

/** Lists by family, where some rule is left out for some. `rules` and `compiled` are of the same chain. */
export function rulesByFamily(
  rules: readonly Rule[],
  compiled: readonly CompiledRule[],
  table: TableFamily,
): ChainIndex | undefined {
  const families = rules.map(({ statements }) => familyOf(statements, table));
  if (families.every((family) => family === undefined)) return undefined;
  const listOf = (family: PacketFamily): readonly CompiledRule[] =>
    compiled.filter((_, place) => families[place] === undefined || families[place] === family);
  const [ipv4, ipv6, arp] = [listOf('ipv4'), listOf('ipv6'), listOf('arp')];
  return ({ packet: { family } }) => (family === 'ipv4' ? ipv4 : family === 'ipv6' ? ipv6 : arp);
}

/** The only family for which a rule may match; undefined when it has to be looked at for any. */
function familyOf(statements: readonly Statement[], table: TableFamily): PacketFamily | undefined {
  for (const statement of statements) {
    if (statement.kind === 'nat') return natFamily(statement);
    if (statement.kind !== 'match') return undefined;
    const family = readFamily(statement.left) ?? comparedFamily(statement, table);
    if (family !== undefined) return family;
    if (statement.right.kind === 'redacted' || !isSafe(statement.left)) return undefined;
  }
  return undefined;
}

/** Everything else than IPv4 passes for `ip6` [86]. What a target counts or draws it does for any family [154]. */
function natFamily({ family, address, port }: NatStatement): PacketFamily | undefined {
  return family === 'ip' && isSafeTarget(address) && isSafeTarget(port) ? 'ipv4' : undefined;
}

function isSafeTarget(operand: NatOperand | undefined): boolean {
  if (operand === undefined || operand.kind === 'value') return true;
  const { expression } = operand;
  return isSafe(expression.kind === 'map' ? expression.key : expression);
}

/** The family whose header an expression reads, before anything else that could be unknown. */
function readFamily(expression: Expression): PacketFamily | undefined {
  switch (expression.kind) {
    case 'payload':
      return headerFamily(expression.protocol);
    case 'bitwise':
      return readFamily(expression.left);
    case 'concat': {
      for (const part of expression.parts) {
        const family = readFamily(part);
        if (family !== undefined) return family;
        if (!isSafe(part)) return undefined;
      }
      return undefined;
    }
    default:
      return undefined;
  }
}

function headerFamily(protocol: string): PacketFamily | undefined {
  return protocol === 'ip' ? 'ipv4' : protocol === 'ip6' ? 'ipv6' : protocol === 'arp' ? 'arp' : undefined;
}

/** `meta nfproto ipv4`; bridges have a number of their own. */
function comparedFamily(
  { left, operator, right }: Extract<Statement, { kind: 'match' }>,
  table: TableFamily,
): PacketFamily | undefined {
  if (left.kind !== 'meta' || left.key !== 'nfproto' || table === 'bridge') return undefined;
  if (operator !== '==' || right.kind !== 'value' || right.value.kind === 'concatenation') return undefined;
  const interval = compileInterval(right.value);
  const value = interval.kind === 'exact' ? interval.value : undefined;
  return value === familyNumbers.ipv4 ? 'ipv4' : value === familyNumbers.ipv6 ? 'ipv6' : undefined;
}
