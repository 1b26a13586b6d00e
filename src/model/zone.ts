/** Zone statements become zones; one on a NIC that a bridge takes over is behind that bridge. */
import { families } from '../net/address.ts';
import { wholeFamily } from '../net/prefix.ts';
import type { ZoneStatement } from '../syntax/tree.ts';
import type { Zone } from './model.ts';

/** `any` is both whole families. */
export function resolveZone(statement: ZoneStatement, bridges: ReadonlyMap<string, string>): Zone {
  return {
    kind: 'zone',
    name: statement.name.text,
    prefixes: statement.members.flatMap((member) =>
      member.kind === 'any' ? families.map(wholeFamily) : [member.prefix],
    ),
    interface: statement.on && (bridges.get(statement.on.text) ?? statement.on.text),
    span: statement.name.span,
  };
}
