/**
 * Denies. A deny binds the destination as sent and the real one: what is sent to the host is judged before translation
 * (chain as-sent, at -150 between conntrack and NAT [6]), everything is judged again after it. Where several denies cover
 * a packet, reject wins over drop, and a logged one over an unlogged one of the same kind.
 */
import type { Access } from '../model/model.ts';
import { protocolNumbers } from '../net/protocol.ts';
import { meta } from '../ruleset/expression.ts';
import type { Chain, Rule } from '../ruleset/ruleset.ts';
import { drop, equals, goto, type Statement } from '../ruleset/statement.ts';
import { integer } from '../ruleset/value.ts';
import { originOf } from '../source/span.ts';
import { accessEntries, type Sides } from './access.ts';
import { type LowerContext, originsOf } from './context.ts';
import { joinKeyTables, type KeyedEntry, type KeyTable, keyTable } from './key-table.ts';
import { chains } from './names.ts';

interface DenyEntry extends KeyedEntry {
  readonly deny: Access;
}

/** `further` are more packets that a deny covers there. What denies do where they cover a packet: the rules of one chain, with sets whose names start with the chain's. */
export function denyTable(
  context: LowerContext,
  chain: string,
  sides: Sides,
  further: (deny: Access) => readonly KeyedEntry[] = () => [],
): KeyTable {
  const entriesOf = (reject: boolean, logged: boolean): readonly DenyEntry[] =>
    context.denies
      .filter((deny) => deny.reject === reject && (deny.log !== undefined) === logged)
      .flatMap((deny) => [...accessEntries(deny, sides), ...further(deny)].map((entry) => ({ ...entry, deny })));
  const logChains = logChainNames(context);
  const logged = (name: string, reject: boolean): KeyTable =>
    keyTable(`${chain}.${name}-log`, entriesOf(reject, true), {
      kind: 'verdicts',
      verdictOf: ({ deny }) => ({ kind: 'goto', chain: logChains.get(deny) ?? chains.reject }),
    });
  const plain = (name: string, reject: boolean, statement: Statement): KeyTable =>
    keyTable(`${chain}.${name}`, entriesOf(reject, false), { kind: 'statements', statements: [statement] });
  return joinKeyTables([
    logged('reject', true),
    plain('reject', true, goto(chains.reject)),
    logged('drop', false),
    plain('drop', false, drop),
  ]);
}

function logChainNames(context: LowerContext): ReadonlyMap<Access, string> {
  const logged = context.denies.filter((deny) => deny.log !== undefined);
  return new Map(logged.map((deny, index) => [deny, `deny-log-${index + 1}`]));
}

/** One chain a logged deny: it logs a few packets a second and refuses all of them. */
export function logChains(context: LowerContext): readonly Chain[] {
  return [...logChainNames(context)].map(([deny, name]) => ({
    name,
    base: undefined,
    rules: [
      {
        statements: [
          { kind: 'limit', rate: 10, unit: 'second', burst: 5, over: false, of: 'packets' },
          { kind: 'log', prefix: logPrefix(deny), level: undefined, group: undefined, flags: [] },
        ],
        origins: originsOf(deny),
      },
      { statements: [deny.reject ? goto(chains.reject) : drop], origins: originsOf(deny) },
    ],
  }));
}

/** Names the statement: `ctfw policy.ctfw:12 smtp: `, printable ASCII, within the 127 bytes that the kernel takes. */
function logPrefix(deny: Access): string {
  const { file, line } = originOf(deny.span);
  const name = file.split('/').at(-1) ?? '';
  const plain = `ctfw ${name.slice(-48)}:${line} ${(deny.log ?? '').slice(0, 60)}`.replaceAll(
    /[^\x20-\x7e]|["\\]/g,
    '?',
  );
  return `${plain}: `;
}

/** TCP gets a reset, everything else port unreachable [121-124]. */
export function rejectChain(): Chain {
  const rule = (...statements: readonly Statement[]): Rule => ({ statements, origins: [] });
  return {
    name: chains.reject,
    base: undefined,
    rules: [
      rule(equals(meta('l4proto'), integer(protocolNumbers.tcp)), {
        kind: 'reject',
        with: 'tcp-reset',
        code: undefined,
      }),
      rule({ kind: 'reject', with: 'icmpx', code: 'port-unreachable' }),
    ],
  };
}
