/** Zone statements become zones. */
import { families } from '../net/address.ts';
import { wholeFamily } from '../net/prefix.ts';
import type { ZoneStatement } from '../syntax/tree.ts';
import type { Zone } from './model.ts';

/** `any` is both whole families. */
export function resolveZone(statement: ZoneStatement): Zone {
  return {
    kind: 'zone',
    name: statement.name.text,
    prefixes: statement.members.flatMap((member) =>
      member.kind === 'any' ? families.map(wholeFamily) : [member.prefix],
    ),
    interface: statement.on?.text,
    span: statement.name.span,
  };
}
