/** Names out of words: of what the policy declares, of interfaces, of hosts on the network. */
import {
  badHostname,
  badInterfaceName,
  badName,
  badResolverOption,
  reservedName,
} from '../../diagnostics/catalogue/syntax.ts';
import { parseAddress } from '../../net/address.ts';
import { looksLikeAddress, readAddress } from './address.ts';
import { type Complain, partOf, quote, type Read, refuse, rewrite, type Word } from './reading.ts';

const longestName = 128;
const longestInterfaceName = 15;

/** The name of something that the policy declares. */
export function readName(word: Word, complain: Complain): Word | undefined {
  const { text } = word;
  if (/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(text) && text.length <= longestName) return word;
  if (text.length > longestName)
    return refuse(complain, badName, word, `this name has ${text.length} characters, ${longestName} is the most`);
  if (looksLikeAddress(text))
    return refuse(complain, badName, word, `a name is meant here, ${quote(text)} is an address`);
  if (/^[0-9.-]/.test(text))
    return refuse(complain, badName, word, `the name ${quote(text)} does not begin with a letter`, {
      help: 'names begin with a letter or `_`',
      edit: rewrite(word, `_${text.replace(/[^A-Za-z0-9_.-]/g, '_')}`),
    });
  const offset = text.search(/[^A-Za-z0-9_.-]/);
  const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  const part = partOf(word, offset, offset + character.length);
  return refuse(complain, badName, part, `${quote(character)} cannot be part of a name`, {
    help: 'names are made of the letters a to z, digits, `_`, `.` and `-`',
  });
}

/** The name under which something is declared; words that already mean something in its place are refused but kept. */
export function readDeclaredName(
  word: Word,
  reserved: ReadonlyMap<string, string>,
  complain: Complain,
): Word | undefined {
  const meaning = reserved.get(word.text);
  if (meaning !== undefined)
    refuse(complain, reservedName, word, `${quote(word.text)} ${meaning}`, { help: 'choose another name' });
  return readName(word, complain);
}

/** Words that cannot name a host, network, container, zone or group. */
export const reservedSubjects: ReadonlyMap<string, string> = new Map([['any', 'means everything']]);

/** Words that cannot name a service: in the place of one they mean something else. */
export const reservedServices: ReadonlyMap<string, string> = new Map([
  ['any', 'means every service'],
  ...['icmp', 'tcp', 'udp', 'sctp'].map((protocol): [string, string] => [protocol, 'is a protocol']),
  ...['reject', 'allowed', 'blocked', 'rejected', 'reaches', 'leaves'].map((word): [string, string] => [
    word,
    'has a meaning of its own behind a list of services',
  ]),
]);

/** The name of a network interface: what the kernel allows, less what rules would take for a wildcard. */
export function readInterfaceName(word: Word, complain: Complain): Word | undefined {
  const { text } = word;
  if (text.length > longestInterfaceName)
    return refuse(complain, badInterfaceName, word, `${quote(text)} is too long for the name of an interface`, {
      help: `Linux allows ${longestInterfaceName} characters, this one has ${text.length}`,
    });
  if (/^[A-Za-z0-9_][A-Za-z0-9_.@-]*$/.test(text) && parseAddress(text) === undefined) return word;
  const help = /[*+]/.test(text)
    ? 'wildcards are not possible; name each interface'
    : 'an interface is named like `eth0` or `br-front`';
  return refuse(complain, badInterfaceName, word, `${quote(text)} is not the name of an interface`, { help });
}

/** A host name, alias or domain. */
export function readHostname(word: Word, complain: Complain): Word | undefined {
  const fits = word.text.length <= 253 && word.text.split('.').every(isHostnameLabel);
  if (fits) return word;
  return refuse(complain, badHostname, word, `${quote(word.text)} is not a host name`, {
    help: 'host names are made of letters, digits, `_`, `-` and `.`, and do not begin or end with `-`',
  });
}

function isHostnameLabel(label: string): boolean {
  return /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label);
}

/** The address of a name server, as written. */
export function readNameServer(word: Word, complain: Complain): Read<string> | undefined {
  return readAddress(word, complain) && { value: word.text, span: word.span };
}

/** A domain to search names in; `.` alone means none, as in Docker. */
export function readSearchDomain(word: Word, complain: Complain): Read<string> | undefined {
  const written = { value: word.text, span: word.span };
  if (word.text === '.') return written;
  return readHostname(word, complain) && written;
}

/** A resolver option such as `ndots:2`. */
export function readResolverOption(word: Word, complain: Complain): Read<string> | undefined {
  if (/^[a-z][a-z0-9-]{0,31}(:[0-9]{1,5})?$/.test(word.text)) return { value: word.text, span: word.span };
  return refuse(complain, badResolverOption, word, `${quote(word.text)} is not a resolver option`, {
    help: 'a resolver option looks like `ndots:2` or `rotate`',
  });
}
