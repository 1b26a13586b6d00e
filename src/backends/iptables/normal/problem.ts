/** Why a rule cannot be written for iptables, as a value. */
import { collectionInIptables, statementNotInIptables } from '../../../diagnostics/catalogue/iptables.ts';
import type { CatalogueEntry } from '../../../diagnostics/entry.ts';
import type { CounterStatement, Statement } from '../../../ruleset/statement.ts';
import type { IptablesFamily } from '../text/module.ts';

/** Why a rule cannot be written, and what of it. */
export interface Problem {
  readonly entry: CatalogueEntry;
  readonly message: string;
  readonly statement: Statement | undefined;
}

/** The words behind the chain's name, and the counter for the front of the line; or why there are none. */
export type WrittenRule =
  | { readonly words: string; readonly counter: CounterStatement | undefined; readonly problem?: undefined }
  | { readonly problem: Problem };

const familyTools: Readonly<Record<IptablesFamily, string>> = { ip: 'iptables', ip6: 'ip6tables', bridge: 'ebtables' };

/** Why a statement has no option, in words. */
export function problemOf(statement: Statement, family: IptablesFamily): Problem {
  const tool = familyTools[family];
  const collection = collectionOf(statement);
  if (collection !== undefined)
    return { entry: collectionInIptables, message: `${tool} has no ${collection}`, statement };
  const what = statement.kind === 'match' ? 'comparison' : statement.kind === 'verdict' ? 'verdict' : statement.kind;
  return { entry: statementNotInIptables, message: `${tool} cannot say this ${what}`, statement };
}

function collectionOf(statement: Statement): string | undefined {
  if (statement.kind === 'vmap')
    return `verdict maps${statement.map.kind === 'named' ? `, here ${statement.map.name}` : ''}`;
  if (statement.kind === 'set-update') return `sets, here ${statement.set}`;
  if (statement.kind === 'match' && statement.right.kind === 'set')
    return statement.right.set.kind === 'named' ? `sets, here ${statement.right.set.name}` : 'such list of values';
  return JSON.stringify(statement, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)).includes(
    '"kind":"map"',
  )
    ? 'maps'
    : undefined;
}
