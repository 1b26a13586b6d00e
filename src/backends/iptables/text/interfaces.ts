/** Interface names: iptables' trailing `+` is the wildcard, which the ruleset writes `*`. */
import { interfaceName, type Scalar } from '../../../ruleset/value.ts';

/** `eth0`, `eth+`; undefined for a name that cannot be said, one with a literal `*` at its end. */
export function parseInterface(text: string): Scalar | undefined {
  if (text === '' || text.endsWith('*')) return undefined;
  return interfaceName(text.endsWith('+') ? `${text.slice(0, -1)}*` : text);
}

/** The inverse of {@link parseInterface}; undefined for a name with a literal `+` at its end, which iptables would widen. */
export function formatInterface(name: string): string | undefined {
  if (name === '' || name.endsWith('+')) return undefined;
  return name.endsWith('*') ? `${name.slice(0, -1)}+` : name;
}
