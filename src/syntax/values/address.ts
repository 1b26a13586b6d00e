/** Addresses and prefixes out of words; what is wrong with one is said down to the number it is wrong in. */
import {
  badAddress,
  badIpv6,
  badLength,
  badMac,
  hostBits,
  leadingZero,
  lengthMissing,
  lengthUnwanted,
  octetTooLarge,
} from '../../diagnostics/catalogue/syntax.ts';
import { suggest } from '../../diagnostics/suggest.ts';
import { type Address, addressBits, formatAddress, parseAddress } from '../../net/address.ts';
import { type MacAddress, parseMac } from '../../net/mac.ts';
import {
  formatPrefix,
  hasHostBits,
  hostPrefix,
  type InterfaceAddress,
  type Prefix,
  prefixOf,
} from '../../net/prefix.ts';
import { type Complain, partOf, quote, type Read, refuse, rewrite, type Word } from './reading.ts';

/** An address without a prefix length. */
export function readAddress(word: Word, complain: Complain): Read<Address> | undefined {
  const slash = word.text.indexOf('/');
  if (slash === -1) {
    const value = readPlainAddress(word, complain);
    return value && { value, span: word.span };
  }
  const plain = word.text.slice(0, slash);
  if (parseAddress(plain) === undefined) return readPlainAddress(partOf(word, 0, slash), complain) && undefined;
  const help = `write ${quote(plain)} for the address`;
  return refuse(complain, lengthUnwanted, word, `${quote(word.text)} is a prefix, but a single address is meant here`, {
    help,
    edit: rewrite(word, plain),
  });
}

/** An address with its prefix length, as an interface or a network with a gateway has it: bits behind the prefix may be set. */
export function readInterfaceAddress(word: Word, complain: Complain): Read<InterfaceAddress> | undefined {
  const value = readWithLength(word, complain);
  return value && { value, span: word.span };
}

/** A prefix: an address that begins it, and its length. */
export function readPrefix(word: Word, complain: Complain): Read<Prefix> | undefined {
  const value = readWithLength(word, complain);
  return value && withoutHostBits(word, value, complain);
}

/** The destination of a route; `default` gives undefined as its prefix. */
export function readDestination(word: Word, complain: Complain): Read<Prefix | undefined> | undefined {
  if (word.text === 'default') return { value: undefined, span: word.span };
  if (suggest(word.text, ['default']) === undefined) return readPrefix(word, complain);
  return refuse(complain, badAddress, word, `${quote(word.text)} is not a destination`, {
    help: 'did you mean `default`?',
    edit: rewrite(word, 'default'),
  });
}

/** A prefix, or an address as the prefix that holds just it. */
export function readPrefixOrAddress(word: Word, complain: Complain): Read<Prefix> | undefined {
  if (word.text.includes('/')) return readPrefix(word, complain);
  const address = readPlainAddress(word, complain);
  return address && { value: hostPrefix(address), span: word.span };
}

export function readMac(word: Word, complain: Complain): Read<MacAddress> | undefined {
  const value = parseMac(word.text);
  if (value !== undefined) return { value, span: word.span };
  return refuse(complain, badMac, word, `${quote(word.text)} is not a MAC address`, {
    help: 'a MAC address looks like 02:42:ac:11:00:02',
  });
}

/** Whether a word can only have been meant as an address or a prefix, not as a name. */
export function looksLikeAddress(text: string): boolean {
  return /^[0-9.]+($|\/)/.test(text) || (text.includes(':') && /^[0-9a-fA-F:.]+($|[/%])/.test(text));
}

function withoutHostBits(word: Word, value: InterfaceAddress, complain: Complain): Read<Prefix> | undefined {
  const prefix = prefixOf(value.address, value.length);
  if (!hasHostBits(value)) return { value: prefix, span: word.span };
  const whole = formatPrefix(prefix);
  const alone = formatAddress(value.address);
  return refuse(complain, hostBits, word, `${quote(word.text)} does not begin the prefix it lies in`, {
    help: `write \`${whole}\` for the whole network, or \`${alone}\` for the one address`,
    edit: rewrite(word, whole),
  });
}

function readWithLength(word: Word, complain: Complain): InterfaceAddress | undefined {
  const slash = word.text.indexOf('/');
  if (slash === -1) {
    const address = readPlainAddress(word, complain);
    if (address === undefined) return undefined;
    const example = `${word.text}/${address.family === 'ipv4' ? 24 : 64}`;
    return refuse(complain, lengthMissing, word, `the prefix length of ${quote(word.text)} is missing`, {
      help: `write it behind a slash, for example \`${example}\``,
    });
  }
  const address = readPlainAddress(partOf(word, 0, slash), complain);
  if (address === undefined) return undefined;
  const length = readLength(partOf(word, slash + 1), address, complain);
  return length === undefined ? undefined : { address, length };
}

function readLength(word: Word, address: Address, complain: Complain): number | undefined {
  const most = addressBits(address.family);
  const family = address.family === 'ipv4' ? 'IPv4' : 'IPv6';
  if (/^(0|[1-9]\d*)$/.test(word.text)) {
    const length = Number(word.text);
    if (length <= most) return length;
    return refuse(
      complain,
      badLength,
      placed(word),
      `an ${family} prefix has at most ${most} bits, not ${shorten(word.text)}`,
    );
  }
  if (/^0\d+$/.test(word.text))
    return refuse(complain, leadingZero, word, `the prefix length ${quote(word.text)} has a leading zero`, {
      help: 'write it without the zero in front',
    });
  const netmask = lengthOfNetmask(word.text);
  if (netmask !== undefined)
    return refuse(complain, badLength, word, `${quote(word.text)} is a netmask, not a prefix length`, {
      help: `write \`/${netmask}\``,
      edit: rewrite(word, `${netmask}`),
    });
  const message =
    word.text === '' ? 'a prefix length is missing behind the slash' : `${quote(word.text)} is not a prefix length`;
  return refuse(complain, badLength, placed(word), message, { help: `an ${family} prefix length is 0 to ${most}` });
}

/** The word itself, or for an empty one the slash in front of it: a caret needs something to stand under. */
function placed(word: Word): Word {
  if (word.text !== '') return word;
  return { text: '/', span: { ...word.span, start: word.span.start - 1 } };
}

function shorten(digits: string): string {
  return digits.length <= 12 ? digits : `${digits.slice(0, 12)}...`;
}

function lengthOfNetmask(text: string): number | undefined {
  const mask = parseAddress(text);
  if (mask?.family !== 'ipv4') return undefined;
  const bits = mask.value.toString(2).padStart(32, '0');
  return /^1*0*$/.test(bits) ? (bits.indexOf('0') === -1 ? 32 : bits.indexOf('0')) : undefined;
}

function readPlainAddress(word: Word, complain: Complain): Address | undefined {
  const address = parseAddress(word.text);
  if (address !== undefined) return address;
  if (word.text.includes(':')) return refuseIpv6(word, complain);
  if (/^[\d.]+$/.test(word.text)) return refuseIpv4(word, complain);
  return refuse(complain, badAddress, word, `${quote(word.text)} is not an address`, {
    help: 'an address looks like 192.168.1.5 or 2001:db8::1',
  });
}

function refuseIpv4(word: Word, complain: Complain): undefined {
  const numbers = word.text.split('.');
  if (numbers.length !== 4)
    return refuse(
      complain,
      badAddress,
      word,
      `an IPv4 address has four numbers, ${quote(word.text)} has ${numbers.length}`,
    );
  let start = 0;
  for (const number of numbers) {
    const part = partOf(word, start, start + number.length);
    if (number === '')
      return refuse(complain, badAddress, word, `a number is missing in the address ${quote(word.text)}`);
    if (number.length > 1 && number.startsWith('0'))
      return refuse(complain, leadingZero, part, `${quote(number)} in ${quote(word.text)} has a leading zero`, {
        help: 'some programs read such numbers as octal; write it without the zero in front',
      });
    if (Number(number) > 255)
      return refuse(complain, octetTooLarge, part, `${quote(number)} in ${quote(word.text)} is larger than 255`, {
        help: 'each of the four numbers of an IPv4 address is 0 to 255',
      });
    start += number.length + 1;
  }
  return refuse(complain, badAddress, word, `${quote(word.text)} is not an address`);
}

function refuseIpv6(word: Word, complain: Complain): undefined {
  const { text } = word;
  const percent = text.indexOf('%');
  if (percent !== -1)
    return refuse(complain, badIpv6, partOf(word, percent), 'an address is written without its interface here', {
      help: `leave out ${quote(text.slice(percent))}`,
    });
  const bracket = /[[\]]/.exec(text);
  if (bracket !== null)
    return refuse(complain, badIpv6, word, `${quote(text)} is not an address`, {
      help: 'brackets around an IPv6 address belong only in front of a port, in `publish`',
    });
  let start = 0;
  for (const group of text.split(':')) {
    const part = partOf(word, start, start + group.length);
    start += group.length + 1;
    if (/^[0-9a-fA-F]{0,4}$/.test(group)) continue;
    if (group.includes('.') && start > text.length) {
      if (parseAddress(group) === undefined) return refuseIpv4(part, complain);
      continue;
    }
    const reason = /^[0-9a-fA-F]+$/.test(group) ? 'has more than four digits' : 'is not a hexadecimal number';
    return refuse(complain, badIpv6, part, `the group ${quote(group)} in ${quote(text)} ${reason}`);
  }
  const doubled = text.indexOf('::');
  const again = doubled === -1 ? -1 : text.indexOf('::', doubled + 1);
  if (again !== -1)
    return refuse(complain, badIpv6, partOf(word, again, again + 2), `\`::\` stands twice in ${quote(text)}`, {
      help: 'it may stand once, for all the groups that are missing',
    });
  const groups = text.split(':').filter((group) => group !== '').length + (text.includes('.') ? 1 : 0);
  const message =
    doubled === -1 && groups !== 8
      ? `an IPv6 address has eight groups, ${quote(text)} has ${groups}`
      : `${quote(text)} is not an IPv6 address`;
  return refuse(complain, badIpv6, word, message, { help: 'groups of zeros can be left out with `::`, once' });
}
