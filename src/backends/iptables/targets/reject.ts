/** `-j REJECT`. */
import type { RejectStatement } from '../../../ruleset/statement.ts';
import { optionTable, type TargetModule } from '../text/module.ts';

/** nft's code name, then iptables' names for it; iptables-save writes the first. */
type Codes = readonly (readonly [code: string, ...names: string[]])[];

export const icmpCodes: Codes = [
  ['port-unreachable', 'icmp-port-unreachable', 'port-unreach'],
  ['net-unreachable', 'icmp-net-unreachable', 'net-unreach'],
  ['host-unreachable', 'icmp-host-unreachable', 'host-unreach'],
  ['prot-unreachable', 'icmp-proto-unreachable', 'proto-unreach'],
  ['net-prohibited', 'icmp-net-prohibited', 'net-prohib'],
  ['host-prohibited', 'icmp-host-prohibited', 'host-prohib'],
  ['admin-prohibited', 'icmp-admin-prohibited', 'admin-prohib'],
];

export const icmpv6Codes: Codes = [
  ['port-unreachable', 'icmp6-port-unreachable', 'port-unreach'],
  ['no-route', 'icmp6-no-route', 'no-route'],
  ['admin-prohibited', 'icmp6-adm-prohibited', 'adm-prohibited'],
  ['addr-unreachable', 'icmp6-addr-unreachable', 'addr-unreach'],
  ['policy-fail', 'icmp6-policy-fail', 'policy-fail'],
  ['reject-route', 'icmp6-reject-route', 'reject-route'],
];

const portUnreachable = 'port-unreachable';

export function readReject(family: 'ip' | 'ip6', type: string | undefined): RejectStatement | undefined {
  const protocol = family === 'ip' ? 'icmp' : 'icmpv6';
  if (type === undefined) return { kind: 'reject', with: protocol, code: portUnreachable };
  if (type === 'tcp-reset' || type === 'tcp-rst') return { kind: 'reject', with: 'tcp-reset', code: undefined };
  const codes = family === 'ip' ? icmpCodes : icmpv6Codes;
  const code = codes.find((names) => names.slice(1).includes(type))?.[0];
  return code === undefined ? undefined : { kind: 'reject', with: protocol, code };
}

export const reject: TargetModule = {
  names: ['REJECT'],
  options: optionTable({ 'reject-with': 1 }),
  read: (options, context) => {
    if (context.family === 'bridge' || options.length > 1 || options[0]?.negated) return undefined;
    const statement = readReject(context.family, options[0]?.values[0]);
    return statement === undefined ? undefined : [statement];
  },
  write: (statement, context) => {
    if (statement.kind !== 'reject' || context.family === 'bridge') return undefined;
    const type = writeReject(statement, context.family);
    if (type === undefined || (type === 'tcp-reset' && context.protocol !== 6)) return undefined;
    return `REJECT --reject-with ${type}`;
  },
};

function writeReject(statement: RejectStatement, family: 'ip' | 'ip6'): string | undefined {
  if (statement.with === 'tcp-reset') return 'tcp-reset';
  if (statement.with !== (family === 'ip' ? 'icmp' : 'icmpv6')) return undefined;
  return (family === 'ip' ? icmpCodes : icmpv6Codes).find(([code]) => code === statement.code)?.[1];
}
