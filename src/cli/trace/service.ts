/** The service word of `ctfw trace`: `tcp/443`, `443/tcp`, `icmp`, `icmp/8`, `gre`. */
import { suggest } from '../../diagnostics/suggest.ts';
import type { Family } from '../../net/address.ts';
import { parsePort } from '../../net/port.ts';
import { isPortProtocol, protocolName, protocolNumbers } from '../../net/protocol.ts';
import type { Flow } from '../../policy/flow.ts';
import { CommandError } from '../io/exit-code.ts';

/** What a packet is beside its addresses. */
export type PacketKind = Pick<Flow, 'protocol' | 'sourcePort' | 'destinationPort' | 'icmpType'>;

const echoRequest: Readonly<Record<Family, number>> = { ipv4: 8, ipv6: 128 };

/** The packet that a service word means in a family. Throws CommandError. */
export function packetKind(word: string | undefined, family: Family, sourcePort: number | undefined): PacketKind {
  if (word === undefined) return icmp(undefined, family);
  const [left = '', right, ...more] = word.toLowerCase().split('/');
  if (more.length > 0) throw notAService(word);
  const isNumberFirst = /^\d/.test(left) && right !== undefined;
  const name = isNumberFirst ? right : left;
  const number = isNumberFirst ? left : right;
  if (name === 'icmp' || name === 'icmpv6' || name === 'ping') return icmp(number, family);
  const protocol = protocolOf(name);
  if (protocol === undefined) throw notAService(word);
  if (!isPortProtocol(protocolName(protocol))) {
    if (number !== undefined) throw new CommandError(`${name} has no ports: write ${name} alone, not "${word}"`);
    return { protocol, sourcePort: undefined, destinationPort: undefined, icmpType: undefined };
  }
  if (number === undefined) throw new CommandError(`"${word}" says no port: write it as ${name}/443`);
  if (/^\d+-\d+$/.test(number)) throw new CommandError(`one packet goes to one port: "${word}" names a range`);
  const port = parsePort(number);
  if (port === undefined) throw new CommandError(`"${number}" is no port: ports are 1 to 65535`);
  return { protocol, sourcePort, destinationPort: port, icmpType: undefined };
}

function icmp(type: string | undefined, family: Family): PacketKind {
  const protocol = family === 'ipv4' ? protocolNumbers.icmp : protocolNumbers.icmpv6;
  const icmpType = type === undefined ? echoRequest[family] : Number(type);
  if (!Number.isInteger(icmpType) || icmpType < 0 || icmpType > 255)
    throw new CommandError(`"${type}" is no ICMP type: types are 0 to 255`);
  return { protocol, sourcePort: undefined, destinationPort: undefined, icmpType };
}

function protocolOf(name: string): number | undefined {
  const known = Object.entries(protocolNumbers).find(([word]) => word === name)?.[1];
  if (known !== undefined) return known;
  const number = /^protocol-(\d{1,3})$/.exec(name)?.[1];
  return number !== undefined && Number(number) <= 255 ? Number(number) : undefined;
}

function notAService(word: string): CommandError {
  const name = word.split('/').find((part) => /^[a-z]/i.test(part)) ?? '';
  const near = suggest(name, Object.keys(protocolNumbers));
  const hint = /^\d+$/.test(word) ? `; did you mean tcp/${word}?` : near === undefined ? '' : `; did you mean ${near}?`;
  return new CommandError(`"${word}" is no service: write tcp/443, 53/udp, icmp or gre${hint}`);
}
