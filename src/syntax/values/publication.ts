/** Docker's forms of a publication out of a word: `[ADDRESS:][HOST-PORTS:]CONTAINER-PORTS[/PROTOCOL]`. */
import { badPublication, publishLengths } from '../../diagnostics/catalogue/syntax.ts';
import { type Address, parseAddress } from '../../net/address.ts';
import { type PortRange, portRangeLength } from '../../net/port.ts';
import type { PortProtocol } from '../../net/protocol.ts';
import { readAddress } from './address.ts';
import { readPortRange, readProtocol } from './port.ts';
import { type Complain, partOf, quote, type Read, refuse, rewrite, type Word } from './reading.ts';

export interface Publication {
  readonly hostAddress: Read<Address> | undefined;
  readonly hostPorts: Read<PortRange> | undefined;
  readonly containerPorts: Read<PortRange>;
  readonly protocol: PortProtocol;
}

/** The parts of a publication, cut at its colons. */
interface Parts {
  readonly address: Word | undefined;
  /** Undefined when free ports are to be taken. */
  readonly hostPorts: Word | undefined;
  readonly containerPorts: Word;
}

/** Reads one publication. The ranges have equal lengths; the protocol is TCP when none is written. */
export function readPublication(word: Word, complain: Complain): Publication | undefined {
  const slash = word.text.indexOf('/');
  const colonAfter = slash === -1 ? -1 : word.text.indexOf(':', slash);
  if (colonAfter !== -1)
    return refuse(
      complain,
      badPublication,
      partOf(word, slash, colonAfter),
      'the protocol stands at the end of a publication',
      {
        help: 'write it once, behind the port of the container: `8080:80/udp`',
      },
    );
  const parts = cut(slash === -1 ? word : partOf(word, 0, slash), complain);
  if (parts === undefined) return undefined;
  const protocol = slash === -1 ? 'tcp' : readProtocol(partOf(word, slash + 1), complain);
  const hostAddress = parts.address && readAddress(parts.address, complain);
  const hostPorts = parts.hostPorts && readRange(parts.hostPorts, complain);
  const containerPorts = readRange(parts.containerPorts, complain);
  if (protocol === undefined || containerPorts === undefined) return undefined;
  if ((parts.address && !hostAddress) || (parts.hostPorts && !hostPorts)) return undefined;
  if (hostPorts !== undefined && !equallyLong(word, hostPorts, containerPorts, complain)) return undefined;
  return { hostAddress, hostPorts, containerPorts, protocol };
}

function readRange(word: Word, complain: Complain): Read<PortRange> | undefined {
  const value = readPortRange(word, complain);
  return value && { value, span: word.span };
}

function equallyLong(word: Word, host: Read<PortRange>, container: Read<PortRange>, complain: Complain): boolean {
  const hostLength = portRangeLength(host.value);
  const containerLength = portRangeLength(container.value);
  if (hostLength === containerLength) return true;
  const ports = (count: number): string => (count === 1 ? '1 port' : `${count} ports`);
  const last = container.value.first + hostLength - 1;
  const edit =
    last <= 65535
      ? {
          edit: rewrite(
            { text: '', span: container.span },
            hostLength === 1 ? `${last}` : `${container.value.first}-${last}`,
          ),
        }
      : {};
  refuse(
    complain,
    publishLengths,
    word,
    `${ports(hostLength)} on the host, but ${ports(containerLength)} in the container`,
    {
      help: 'both ranges of a publication have the same length',
      ...edit,
    },
  );
  return false;
}

function cut(word: Word, complain: Complain): Parts | undefined {
  if (word.text.startsWith('[')) return cutBracketed(word, complain);
  const colons = [...word.text.matchAll(/:/g)].map((match) => match.index);
  const [first, second, third] = colons;
  if (third !== undefined) return refuseColons(word, complain);
  if (first === undefined) return { address: undefined, hostPorts: undefined, containerPorts: word };
  if (second !== undefined) return cutAddressed(word, first, second, complain);
  const host = partOf(word, 0, first);
  const containerPorts = partOf(word, first + 1);
  if (parseAddress(host.text) !== undefined)
    return refuse(complain, badPublication, word, `${quote(word.text)} names an address but no port of the host`, {
      help: `write \`${host.text}:PORT:${containerPorts.text}\`, or \`${host.text}::${containerPorts.text}\` to take a free port`,
      edit: rewrite(word, `${host.text}::${containerPorts.text}`),
    });
  if (host.text === '')
    return refuse(complain, badPublication, word, 'the port on the host is missing in front of the colon', {
      help: `write \`${containerPorts.text}\` alone to take a free port`,
    });
  return { address: undefined, hostPorts: host, containerPorts };
}

function cutAddressed(word: Word, first: number, second: number, complain: Complain): Parts | undefined {
  const address = partOf(word, 0, first);
  const hostPorts = partOf(word, first + 1, second);
  const containerPorts = partOf(word, second + 1);
  if (address.text === '')
    return refuse(complain, badPublication, word, 'the address is missing in front of the first colon');
  if (/^[A-Za-z]/.test(address.text))
    return refuse(
      complain,
      badPublication,
      address,
      `${quote(address.text)} is a name; a publication names an address of the host`,
    );
  return { address, hostPorts: hostPorts.text === '' ? undefined : hostPorts, containerPorts };
}

function cutBracketed(word: Word, complain: Complain): Parts | undefined {
  const close = word.text.indexOf(']');
  const rest = close === -1 ? -1 : word.text.indexOf(':', close + 2);
  if (close === -1 || word.text.charAt(close + 1) !== ':' || rest === -1 || word.text.includes(':', rest + 1))
    return refuse(complain, badPublication, word, `${quote(word.text)} is not a publication`, {
      help: 'with an IPv6 address it is written `[2001:db8::1]:8080:80`, or `[2001:db8::1]::80` to take a free port',
    });
  const address = partOf(word, 1, close);
  if (!address.text.includes(':') && parseAddress(address.text) !== undefined)
    return refuse(complain, badPublication, partOf(word, 0, close + 1), 'only IPv6 addresses are written in brackets', {
      help: `write \`${address.text}\` without them`,
    });
  const hostPorts = partOf(word, close + 2, rest);
  return { address, hostPorts: hostPorts.text === '' ? undefined : hostPorts, containerPorts: partOf(word, rest + 1) };
}

function refuseColons(word: Word, complain: Complain): undefined {
  const bracketed = /^([0-9a-fA-F:]+):(\d[\d-]*)?:(\d[\d-]*)$/.exec(word.text);
  const address = bracketed?.[1] ?? '';
  const fits = parseAddress(address) !== undefined;
  const suggestion = `[${address}]:${bracketed?.[2] ?? ''}:${bracketed?.[3] ?? ''}`;
  return refuse(complain, badPublication, word, `${quote(word.text)} has too many colons`, {
    help: fits
      ? `an IPv6 address stands in brackets: \`${suggestion}\``
      : 'an IPv6 address stands in brackets: `[2001:db8::1]:8080:80`',
    ...(fits ? { edit: rewrite(word, suggestion) } : {}),
  });
}
