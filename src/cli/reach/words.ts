/** The words of a question about who reaches whom: places, addresses, services. */
import { existsSync } from 'node:fs';
import { suggest } from '../../diagnostics/suggest.ts';
import { parseAddress } from '../../net/address.ts';
import { parsePort } from '../../net/port.ts';
import { hostPrefix, parsePrefix } from '../../net/prefix.ts';
import { isPortProtocol, protocolName, protocolNumbers } from '../../net/protocol.ts';
import type { AskedEnd, AskedService } from '../../verifier/verifier.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';

/** A name among those that there are, or an address or prefix. Throws CommandError with what was probably meant. */
export function parseAskedEnd(word: string, names: readonly string[]): AskedEnd | undefined {
  if (word === 'any') return undefined;
  if (names.includes(word)) return { kind: 'place', name: word };
  const address = parseAddress(word);
  if (address !== undefined) return { kind: 'prefix', prefix: hostPrefix(address) };
  const prefix = parsePrefix(word);
  if (prefix !== undefined) return { kind: 'prefix', prefix };
  const near = suggest(word, names);
  const hint =
    near !== undefined ? `; did you mean ${near}?` : names.length > 12 ? '' : `: there is ${names.join(', ')}`;
  throw new CommandError(`there is no "${word}"${hint}`, exitCode.refused);
}

/** Whether a word can only be a service: `5432/tcp`, `tcp/80-90`, `icmp`, `udp`. */
export function isService(word: string): boolean {
  const parts = word.toLowerCase().split('/');
  return parts.length <= 2 && parts.some((part) => Object.hasOwn(protocolNumbers, part) || part === 'ping');
}

/** `undefined`: any service. Throws CommandError. */
export function parseAskedServices(word: string | undefined): readonly AskedService[] | undefined {
  if (word === undefined || word === 'any') return undefined;
  const [left = '', right] = word.toLowerCase().split('/');
  const [name, number] = /^\d/.test(left) && right !== undefined ? [right, left] : [left, right];
  if (name === 'icmp' || name === 'icmpv6' || name === 'ping') return icmpServices(name, number);
  const protocol = Object.entries(protocolNumbers).find(([known]) => known === name)?.[1];
  if (protocol === undefined || !isService(word))
    throw new CommandError(
      `"${word}" is no service: write 5432/tcp, 8000-8010/udp, icmp or any${/^\d+$/.test(word) ? `; did you mean ${word}/tcp?` : ''}`,
    );
  if (number === undefined) return [{ protocol, ports: undefined, icmpType: undefined }];
  if (!isPortProtocol(protocolName(protocol))) throw new CommandError(`${name} has no ports: write ${name} alone`);
  const [first, last] = number.split('-').map(parsePort);
  const ports = { first: first ?? -1, last: number.includes('-') ? (last ?? -1) : (first ?? -1) };
  if (ports.first < 0 || ports.last < ports.first)
    throw new CommandError(`"${number}" is no port: ports are 1 to 65535, ranges are 8000-8010`);
  return [{ protocol, ports, icmpType: undefined }];
}

function icmpServices(name: string, type: string | undefined): readonly AskedService[] {
  if (name === 'ping')
    return [
      { protocol: protocolNumbers.icmp, ports: undefined, icmpType: 8 },
      { protocol: protocolNumbers.icmpv6, ports: undefined, icmpType: 128 },
    ];
  const number = type === undefined ? undefined : Number(type);
  if (number !== undefined && !(Number.isInteger(number) && number >= 0 && number <= 255))
    throw new CommandError(`"${type}" is no ICMP type: types are 0 to 255`);
  const protocols = name === 'icmp' ? [protocolNumbers.icmp, protocolNumbers.icmpv6] : [protocolNumbers.icmpv6];
  return protocols.map((protocol) => ({ protocol, ports: undefined, icmpType: number }));
}

export interface WhoCanWords {
  readonly file: string | undefined;
  readonly from: string | undefined;
  readonly to: string;
  readonly service: string | undefined;
}

/** `[FILE] [SRC] DST [PROTO/PORT]`; with `--rules` the policy may be left out. Throws CommandError. */
export function readWhoCanWords(words: readonly string[], hasRules: boolean): WhoCanWords {
  const [first = ''] = words;
  const looksLikePolicy = first === '-' || first.endsWith('.ctfw') || existsSync(first);
  if (!looksLikePolicy && !hasRules)
    throw new CommandError(
      `cannot read ${first}: there is no such file (the policy comes first: ctfw who-can FILE [SRC] DST [5432/tcp])`,
    );
  const rest = looksLikePolicy ? words.slice(1) : [...words];
  const last = rest.at(-1);
  const service =
    last !== undefined && rest.length > 1 && (isService(last) || rest.length > 2 || /^\d+$/.test(last))
      ? rest.pop()
      : undefined;
  const to = rest.pop();
  const from = rest.pop();
  if (to === undefined) throw new CommandError('who-can takes a destination: ctfw who-can FILE [SRC] DST [5432/tcp]');
  if (rest.length > 0) throw new CommandError(`"${rest[0]}" is one word too many`);
  return { file: looksLikePolicy ? first : undefined, from, to, service };
}
