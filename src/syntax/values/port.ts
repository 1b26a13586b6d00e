/** Ports, ranges of them and protocols out of words. */
import {
  badPort,
  leadingZero,
  portOutOfRange,
  protocolMissing,
  protocolTwice,
  reversedRange,
  unknownProtocol,
} from '../../diagnostics/catalogue/syntax.ts';
import { suggest } from '../../diagnostics/suggest.ts';
import { type Port, type PortRange, parsePort } from '../../net/port.ts';
import { isPortProtocol, type PortProtocol, portProtocols } from '../../net/protocol.ts';
import { type Complain, partOf, quote, refuse, rewrite, type Word } from './reading.ts';

/** A port or a range, and a protocol where one is written. */
export interface PortsAndProtocol {
  readonly ports: PortRange;
  readonly protocol: PortProtocol | undefined;
}

/** `80` or `8000-8010`. */
export function readPortRange(word: Word, complain: Complain): PortRange | undefined {
  const dash = word.text.indexOf('-');
  if (dash === -1) {
    const port = readPort(word, complain);
    return port && { first: port, last: port };
  }
  const first = readPort(partOf(word, 0, dash), complain, word);
  if (first === undefined) return undefined;
  const last = readPort(partOf(word, dash + 1), complain, word);
  if (last === undefined) return undefined;
  if (first <= last) return { first, last };
  return refuse(complain, reversedRange, word, `the range ${quote(word.text)} ends before it begins`, {
    help: `write \`${last}-${first}\``,
    edit: rewrite(word, `${last}-${first}`),
  });
}

/** `80/tcp`, `8000-8010/udp`, `80`. */
export function readPorts(word: Word, complain: Complain): PortsAndProtocol | undefined {
  const slash = word.text.indexOf('/');
  if (slash === -1) {
    const ports = readPortRange(word, complain);
    return ports && { ports, protocol: undefined };
  }
  const ports = readPortRange(partOf(word, 0, slash), complain);
  const protocol = readProtocol(partOf(word, slash + 1), complain);
  return ports && protocol && { ports, protocol };
}

/** The same with the protocol required, as in the place of a service. */
export function readServicePorts(
  word: Word,
  complain: Complain,
): { ports: PortRange; protocol: PortProtocol } | undefined {
  const read = readPorts(word, complain);
  if (read === undefined) return undefined;
  if (read.protocol !== undefined) return { ports: read.ports, protocol: read.protocol };
  return refuse(complain, protocolMissing, word, `${quote(word.text)} does not say the protocol`, {
    help: `write \`${word.text}/tcp\`, \`${word.text}/udp\`, or both with a comma between them`,
    edit: rewrite(word, `${word.text}/tcp`),
  });
}

/** The protocol behind the slash. */
export function readProtocol(word: Word, complain: Complain): PortProtocol | undefined {
  if (isPortProtocol(word.text)) return word.text;
  const slash = word.text.indexOf('/');
  if (slash !== -1)
    return refuse(complain, protocolTwice, partOf(word, slash), 'a port has one protocol, here is a second one', {
      help: 'to mean two protocols, list the port twice: `53/tcp, 53/udp`',
    });
  const near = suggest(word.text, portProtocols);
  const message =
    word.text === '' ? 'the protocol is missing behind the slash' : `${quote(word.text)} is not a protocol with ports`;
  return refuse(complain, unknownProtocol, visible(word), message, {
    help: near === undefined ? 'ports belong to `tcp`, `udp` or `sctp`' : `did you mean \`${near}\`?`,
    ...(near === undefined ? {} : { edit: rewrite(word, near) }),
  });
}

/** A word, or for an empty one the character in front of it. */
function visible(word: Word): Word {
  return word.text === '' ? { text: word.text, span: { ...word.span, start: word.span.start - 1 } } : word;
}

/** `whole` is what to underline when the port itself is empty. */
function readPort(word: Word, complain: Complain, whole: Word = word): Port | undefined {
  const port = parsePort(word.text);
  if (port !== undefined) return port;
  if (word.text === '') return refuse(complain, badPort, whole, `a port is missing in ${quote(whole.text)}`);
  if (/^0+[1-9]\d*$/.test(word.text))
    return refuse(complain, leadingZero, word, `the port ${quote(word.text)} has a leading zero`, {
      help: 'write it without the zero in front',
    });
  if (/^\d+$/.test(word.text))
    return refuse(complain, portOutOfRange, word, `there is no port ${quote(word.text)}`, {
      help: 'ports go from 1 to 65535',
    });
  return refuse(complain, badPort, word, `${quote(word.text)} is not a port`, {
    help: 'a port is a number from 1 to 65535, a range is written like `8000-8010`',
  });
}
