/** The parts that every rule may have, as text: the inverse of basics.ts. */
import { formatAddress } from '../../../net/address.ts';
import type { MatchStatement, Statement } from '../../../ruleset/statement.ts';
import { comparedValue, formatAddressOrPrefix, integerOf, isMatch, negatable, unmasked } from '../text/format.ts';
import { formatInterface } from '../text/interfaces.ts';
import type { IptablesFamily } from '../text/module.ts';
import { formatProtocol } from '../text/protocols.ts';
import { redactedText } from '../text/redacted.ts';
import { bridgeBasicPlace } from './bridge-order.ts';

interface BasicText {
  /** The order in which iptables compares and lists them. */
  readonly place: number;
  readonly text: string | undefined;
}

/** The place of a statement among the parts that every rule may have; undefined for anything else. */
export function basicPlace(statement: Statement, family: IptablesFamily): number | undefined {
  return family === 'bridge' ? bridgeBasicPlace(statement) : basicOf(statement, family)?.place;
}

/** The option of such a part; undefined for anything else. */
export function basicText(statement: Statement, family: IptablesFamily): string | undefined {
  return basicOf(statement, family)?.text;
}

const unread = /^(?:! )?-([sdiopf])(?: |$)/;

function basicOf(statement: Statement, family: IptablesFamily): BasicText | undefined {
  if (family === 'bridge') return undefined;
  if (statement.kind === 'unknown') {
    const letter = unread.exec(statement.text)?.[1];
    return letter === undefined ? undefined : { place: 'sdiopf'.indexOf(letter), text: statement.text };
  }
  if (!isMatch(statement)) return undefined;
  return addressOf(statement, family) ?? metaOf(statement) ?? fragmentOf(statement, family);
}

function addressOf(statement: MatchStatement, family: IptablesFamily): BasicText | undefined {
  const { base, mask } = unmasked(statement.left);
  if (base.kind !== 'payload' || base.protocol !== family) return undefined;
  const place = base.field === 'saddr' ? 0 : base.field === 'daddr' ? 1 : undefined;
  const value = comparedValue(statement);
  const address = redactedText(statement) ?? formatAddressOrPrefix(value);
  if (place === undefined || address === undefined) return undefined;
  if (mask !== undefined && (mask.kind !== 'address' || value?.kind !== 'address')) return undefined;
  const text = mask?.kind === 'address' ? `${address}/${formatAddress(mask.address)}` : address;
  return { place, text: negatable(statement, `${place === 0 ? '-s' : '-d'} ${text}`) };
}

function metaOf(statement: MatchStatement): BasicText | undefined {
  if (statement.left.kind !== 'meta') return undefined;
  const value = comparedValue(statement);
  switch (statement.left.key) {
    case 'iifname':
      return interfaceOf(statement, 2, '-i');
    case 'oifname':
      return interfaceOf(statement, 3, '-o');
    case 'l4proto': {
      const number = integerOf(value);
      // 0 would mean any protocol.
      if (number === undefined || number === 0) return undefined;
      return { place: 4, text: negatable(statement, `-p ${formatProtocol(number)}`) };
    }
    default:
      return undefined;
  }
}

function interfaceOf(statement: MatchStatement, place: number, option: string): BasicText | undefined {
  const value = comparedValue(statement);
  if (value?.kind !== 'name') return undefined;
  const name = formatInterface(value.name);
  return { place, text: name === undefined ? undefined : negatable(statement, `${option} ${name}`) };
}

function fragmentOf(statement: MatchStatement, family: IptablesFamily): BasicText | undefined {
  const { base, mask } = unmasked(statement.left);
  if (family !== 'ip' || base.kind !== 'payload' || base.protocol !== 'ip' || base.field !== 'frag-off')
    return undefined;
  if (mask?.kind !== 'integer' || mask.value !== 0x1fff || integerOf(comparedValue(statement)) !== 0) return undefined;
  return { place: 5, text: statement.operator === '==' ? '! -f' : '-f' };
}
