/** Diagnostics of the syntax (1xxx): characters, the shape of statements, and the values written in them. */
import type { CatalogueEntry } from '../entry.ts';

// ---- characters and lines (100x) ----------------------------------------------------------------------------------------

export const controlCharacter: CatalogueEntry = {
  code: 'CTFW1001',
  severity: 'error',
  title: 'a control character stands in the policy',
  explanation:
    'Policy text, texts in quotes and comments are shown on terminals and end up in rule comments, where control characters can hide or forge what is read. ' +
    'Only tabs and line breaks (LF or CR LF) are allowed. Remove the character; it usually comes from copying out of a terminal.',
  example: { wrong: 'zone office = 10.0.0.0/8 # the\u0007 office\n', right: 'zone office = 10.0.0.0/8 # the office\n' },
};

export const invisibleCharacter: CatalogueEntry = {
  code: 'CTFW1002',
  severity: 'error',
  title: 'an invisible or direction-changing character stands in the policy',
  explanation:
    'Characters that have no width, or that turn the direction of the text around them, make a policy read differently from what it says. ' +
    'They are refused everywhere, comments included. Remove the character, or type a plain space where one was meant.',
  example: { wrong: 'allow a\u202e -> b\n', right: 'allow a -> b\n' },
};

export const notUtf8: CatalogueEntry = {
  code: 'CTFW1003',
  severity: 'error',
  title: 'the file is not UTF-8 text',
  explanation:
    'A character could not be decoded. Policies are UTF-8; save the file in that encoding (`iconv -f latin1 -t utf-8` turns an old one).',
  example: { wrong: '# caf\ufffd\nzone office = 10.0.0.0/8\n', right: '# café\nzone office = 10.0.0.0/8\n' },
};

export const unterminatedText: CatalogueEntry = {
  code: 'CTFW1004',
  severity: 'error',
  title: 'a text in quotes is not closed',
  explanation: 'A text begins and ends with `"` on the same line. There is no way to write a quote inside of one.',
  example: { wrong: 'deny a -> b log "smtp\n', right: 'deny a -> b log "smtp"\n' },
};

export const wrongArrow: CatalogueEntry = {
  code: 'CTFW1005',
  severity: 'error',
  title: 'an arrow of another kind',
  explanation: 'The arrow of `link`, `allow`, `deny` and `expect` is written `->`, that of `connect` is written `<->`.',
  example: { wrong: 'allow web => db 5432/tcp\n', right: 'allow web -> db 5432/tcp\n' },
};

export const strayCharacter: CatalogueEntry = {
  code: 'CTFW1006',
  severity: 'error',
  title: 'a character that means nothing here',
  explanation: '`<` and `>` stand only in the arrows `->` and `<->`.',
  example: { wrong: 'allow web > db\n', right: 'allow web -> db\n' },
};

export const lineTooLong: CatalogueEntry = {
  code: 'CTFW1007',
  severity: 'error',
  title: 'a line is too long',
  explanation: 'A line may have a million characters. Lists may go on in the next line after a comma.',
  example: undefined,
};

export const fileTooLarge: CatalogueEntry = {
  code: 'CTFW1008',
  severity: 'error',
  title: 'the file is too large',
  explanation: 'A policy file may have 16 million characters. Split it and `include` the parts.',
  example: undefined,
};

export const tooManyErrors: CatalogueEntry = {
  code: 'CTFW1009',
  severity: 'error',
  title: 'too many errors in one file',
  explanation: 'Only the first thousand mistakes of a file are reported. Mend them and run again for the rest.',
  example: undefined,
};

// ---- the shape of statements (101x) -------------------------------------------------------------------------------------

export const unknownStatement: CatalogueEntry = {
  code: 'CTFW1010',
  severity: 'error',
  title: 'a statement begins with a word that the language does not know',
  explanation:
    'Every statement, and every item of a block, begins with a word that says what it is. The message lists the words that are possible in that place.',
  example: { wrong: 'netwrok front { subnet 10.1.0.0/24 }\n', right: 'network front { subnet 10.1.0.0/24 }\n' },
};

export const misplacedStatement: CatalogueEntry = {
  code: 'CTFW1011',
  severity: 'error',
  title: 'a statement stands in a place where it has no meaning',
  explanation:
    'The word is known, but belongs elsewhere: `subnet` into a `network` block, `publish` into a `container` block, `zone` outside of all blocks. ' +
    'A brace too many or too few has the same effect.',
  example: {
    wrong: 'network front { publish 8080:80 }\n',
    right: 'container web { attach front; publish 8080:80 }\n',
  },
};

export const unexpected: CatalogueEntry = {
  code: 'CTFW1012',
  severity: 'error',
  title: 'something else is expected in this place',
  explanation:
    'The statement begins well and then breaks off, or goes on in a way that it cannot. The message says what is expected; the help shows the form of the whole statement.',
  example: { wrong: 'link web db\n', right: 'link web -> db\n' },
};

export const surplus: CatalogueEntry = {
  code: 'CTFW1013',
  severity: 'error',
  title: 'there is something left at the end of a statement',
  explanation:
    'The statement is complete, but more words follow. Statements end at the end of the line or at `;`; the parts of a list are separated by commas.',
  example: { wrong: 'group apps = web metrics\n', right: 'group apps = web, metrics\n' },
};

export const unclosedBlock: CatalogueEntry = {
  code: 'CTFW1014',
  severity: 'error',
  title: 'a block is not closed',
  explanation:
    'Each `{` needs its `}`. Where one is missing, everything that follows would count as part of the block.',
  example: { wrong: 'container db {\n  expose 5432/tcp\n', right: 'container db {\n  expose 5432/tcp\n}\n' },
};

export const unopenedBlock: CatalogueEntry = {
  code: 'CTFW1015',
  severity: 'error',
  title: 'a closing brace without an opening one',
  explanation: 'This `}` closes nothing. Either it is one too many, or the `{` of its block is missing.',
  example: { wrong: 'zone office = 10.0.0.0/8\n}\n', right: 'zone office = 10.0.0.0/8\n' },
};

export const rejectOnAllow: CatalogueEntry = {
  code: 'CTFW1016',
  severity: 'error',
  title: 'an allow cannot reject',
  explanation: '`reject` says how a `deny` refuses: with an answer instead of silence. An `allow` refuses nothing.',
  example: { wrong: 'allow a -> b 22/tcp reject\n', right: 'deny a -> b 22/tcp reject\n' },
};

export const clauseTwice: CatalogueEntry = {
  code: 'CTFW1017',
  severity: 'error',
  title: 'a statement says the same thing twice',
  explanation: 'A statement has at most one `log` and one `reject`.',
  example: { wrong: 'deny a -> b log "one" log "two"\n', right: 'deny a -> b log "one"\n' },
};

export const blockMissing: CatalogueEntry = {
  code: 'CTFW1018',
  severity: 'error',
  title: 'a block is missing',
  explanation:
    'A `host`, `network`, `container` or `interface` says everything about itself in a block between `{` and `}`. The opening brace may stand on the next line.',
  example: { wrong: 'network front\n', right: 'network front { subnet 10.1.0.0/24 }\n' },
};

// ---- names and texts (102x) ---------------------------------------------------------------------------------------------

export const badName: CatalogueEntry = {
  code: 'CTFW1020',
  severity: 'error',
  title: 'this is not a name',
  explanation:
    'Names begin with a letter or `_` and go on with letters, digits, `_`, `.` and `-`, 128 characters at most. Letters are those of ASCII, because names end up in rules and interface names.',
  example: { wrong: 'zone büro = 10.0.0.0/8\n', right: 'zone office = 10.0.0.0/8\n' },
};

export const reservedName: CatalogueEntry = {
  code: 'CTFW1021',
  severity: 'error',
  title: 'a name that already means something else',
  explanation:
    '`any` means everything, and in the place of a service the words `any`, `icmp`, `tcp`, `udp`, `sctp`, `reject`, `allowed`, `blocked`, `rejected`, `reaches` and `leaves` have a meaning of their own. ' +
    'Something declared under such a name could never be spoken of.',
  example: { wrong: 'service tcp = 22/tcp\n', right: 'service ssh = 22/tcp\n' },
};

export const badInterfaceName: CatalogueEntry = {
  code: 'CTFW1022',
  severity: 'error',
  title: 'this is not the name of an interface',
  explanation:
    'Linux allows 15 characters in the name of an interface. Here they are letters, digits, `_`, `.`, `-` and `@`, the first one a letter, a digit or `_`; wildcards are not possible.',
  example: { wrong: 'zone office = any on eth+\n', right: 'zone office = any on eth0\n' },
};

export const badText: CatalogueEntry = {
  code: 'CTFW1023',
  severity: 'error',
  title: 'a text that cannot be used here',
  explanation:
    'The text of `log` is written in front of kernel log lines: 1 to 64 printable ASCII characters without `\\`. The path of `include` must not be empty.',
  example: { wrong: 'deny a -> b log "größer"\n', right: 'deny a -> b log "larger"\n' },
};

export const badHostname: CatalogueEntry = {
  code: 'CTFW1024',
  severity: 'error',
  title: 'this is not a host name',
  explanation:
    'Host names, aliases and search domains are made of letters, digits, `_`, `-` and `.`, begin and end with a letter, digit or `_`, and have at most 253 characters, 63 between two dots.',
  example: {
    wrong: 'container web { hostname -web }\n',
    right: 'container web { hostname web }\n',
  },
};

export const badResolverOption: CatalogueEntry = {
  code: 'CTFW1025',
  severity: 'error',
  title: 'this is not a resolver option',
  explanation: 'Resolver options are those of resolv.conf(5): a word, or a word and a number such as `ndots:2`.',
  example: {
    wrong: 'network back { dns-option ndots/2 }\n',
    right: 'network back { dns-option ndots:2 }\n',
  },
};

// ---- addresses (103x) ---------------------------------------------------------------------------------------------------

export const badAddress: CatalogueEntry = {
  code: 'CTFW1030',
  severity: 'error',
  title: 'this is not an address',
  explanation:
    'An IPv4 address is four decimal numbers from 0 to 255 with dots between them. Short forms (`10.1`) and other number systems are refused because programs read them differently. Names of machines are not looked up.',
  example: { wrong: 'zone office = 10.0.0/24\n', right: 'zone office = 10.0.0.0/24\n' },
};

export const octetTooLarge: CatalogueEntry = {
  code: 'CTFW1031',
  severity: 'error',
  title: 'a number of an IPv4 address is larger than 255',
  explanation: 'Each of the four numbers of an IPv4 address is one byte: 0 to 255.',
  example: { wrong: 'zone office = 256.1.1.1\n', right: 'zone office = 25.1.1.1\n' },
};

export const leadingZero: CatalogueEntry = {
  code: 'CTFW1032',
  severity: 'error',
  title: 'a number is written with a leading zero',
  explanation:
    'Some programs read `010` as ten, others as eight (octal). To mean the same to everybody, numbers are written without leading zeros.',
  example: { wrong: 'zone office = 010.0.0.1\n', right: 'zone office = 10.0.0.1\n' },
};

export const badIpv6: CatalogueEntry = {
  code: 'CTFW1033',
  severity: 'error',
  title: 'this is not an IPv6 address',
  explanation:
    'An IPv6 address is eight groups of up to four hexadecimal digits with colons between them; `::` stands, once, for as many groups of zero as are missing. Interface suffixes (`%eth0`) are not part of an address here.',
  example: { wrong: 'zone office = fd00::1::2\n', right: 'zone office = fd00::1:2\n' },
};

export const lengthUnwanted: CatalogueEntry = {
  code: 'CTFW1034',
  severity: 'error',
  title: 'an address is wanted here, not a prefix',
  explanation: 'In this place a single address is meant; it is written without `/` and a length.',
  example: {
    wrong: 'container web { attach front 10.1.0.2/24 }\n',
    right: 'container web { attach front 10.1.0.2 }\n',
  },
};

export const lengthMissing: CatalogueEntry = {
  code: 'CTFW1035',
  severity: 'error',
  title: 'the prefix length is missing',
  explanation:
    'In this place the size of the network matters, so the address is written with the length of its prefix: `192.168.1.5/24`.',
  example: { wrong: 'network back { subnet 172.18.0.0 }\n', right: 'network back { subnet 172.18.0.0/16 }\n' },
};

export const badLength: CatalogueEntry = {
  code: 'CTFW1036',
  severity: 'error',
  title: 'this is not a prefix length',
  explanation: 'A prefix length is a number of bits: 0 to 32 for IPv4, 0 to 128 for IPv6. Netmasks are not understood.',
  example: { wrong: 'zone office = 10.0.0.0/33\n', right: 'zone office = 10.0.0.0/32\n' },
};

export const hostBits: CatalogueEntry = {
  code: 'CTFW1037',
  severity: 'error',
  title: 'the address does not begin its prefix',
  explanation:
    'A prefix is written with the first address in it. When other bits are set, it is unclear whether the one machine or the whole network is meant, and nothing is ever taken to be wider than written.',
  example: { wrong: 'zone office = 192.168.1.5/24\n', right: 'zone office = 192.168.1.0/24\n' },
};

export const badMac: CatalogueEntry = {
  code: 'CTFW1038',
  severity: 'error',
  title: 'this is not a MAC address',
  explanation: 'A MAC address is six pairs of hexadecimal digits with colons between them.',
  example: {
    wrong: 'container web { attach front { mac 02-42-ac-11-00-02 } }\n',
    right: 'container web { attach front { mac 02:42:ac:11:00:02 } }\n',
  },
};

// ---- ports and services (104x) ------------------------------------------------------------------------------------------

export const badPort: CatalogueEntry = {
  code: 'CTFW1040',
  severity: 'error',
  title: 'this is not a port',
  explanation: 'A port is a number from 1 to 65535 without leading zeros, a range of them is written `8000-8010`.',
  example: { wrong: 'container web { expose http }\n', right: 'container web { expose 80/tcp }\n' },
};

export const portOutOfRange: CatalogueEntry = {
  code: 'CTFW1041',
  severity: 'error',
  title: 'a port number that does not exist',
  explanation: 'Ports go from 1 to 65535.',
  example: { wrong: 'allow a -> b 70000/tcp\n', right: 'allow a -> b 7000/tcp\n' },
};

export const reversedRange: CatalogueEntry = {
  code: 'CTFW1042',
  severity: 'error',
  title: 'a range of ports is the wrong way round',
  explanation: 'A range goes from the lower port to the higher one.',
  example: { wrong: 'allow a -> b 8010-8000/tcp\n', right: 'allow a -> b 8000-8010/tcp\n' },
};

export const unknownProtocol: CatalogueEntry = {
  code: 'CTFW1043',
  severity: 'error',
  title: 'a protocol that cannot be used here',
  explanation: 'Ports belong to `tcp`, `udp` or `sctp`. For ICMP write `icmp`, with the type of the message behind it.',
  example: { wrong: 'allow a -> b 53/upd\n', right: 'allow a -> b 53/udp\n' },
};

export const protocolTwice: CatalogueEntry = {
  code: 'CTFW1044',
  severity: 'error',
  title: 'more than one protocol is given',
  explanation: 'A port has one protocol. To mean two, list both: `53/tcp, 53/udp`.',
  example: { wrong: 'allow a -> b 53/tcp/udp\n', right: 'allow a -> b 53/tcp, 53/udp\n' },
};

export const protocolMissing: CatalogueEntry = {
  code: 'CTFW1045',
  severity: 'error',
  title: 'the protocol is missing',
  explanation:
    'In the place of a service a port is written with its protocol, `22/tcp`, so that a deny never covers less, nor an allow more, than its reader believes.',
  example: { wrong: 'allow a -> b 22\n', right: 'allow a -> b 22/tcp\n' },
};

export const publishLengths: CatalogueEntry = {
  code: 'CTFW1046',
  severity: 'error',
  title: 'the two ranges of a publication have different lengths',
  explanation:
    'Each port on the host goes to one port of the container, in order, so both ranges must have the same number of ports.',
  example: {
    wrong: 'container web { publish 8000-8010:9000 }\n',
    right: 'container web { publish 8000-8010:9000-9010 }\n',
  },
};

export const badPublication: CatalogueEntry = {
  code: 'CTFW1047',
  severity: 'error',
  title: 'this is not a publication',
  explanation:
    'Publications take the forms of Docker: `80`, `8080:80`, `192.168.1.5:8080:80`, `192.168.1.5::80`, `[2001:db8::1]:8080:80`, `8000-8010:9000-9010`, each with `/udp` or `/sctp` at the end where it is not TCP, and `all`.',
  example: {
    wrong: 'container web { publish 192.168.1.5:80 }\n',
    right: 'container web { publish 192.168.1.5::80 }\n',
  },
};

// ---- numbers and options (105x) -----------------------------------------------------------------------------------------

export const badNumber: CatalogueEntry = {
  code: 'CTFW1050',
  severity: 'error',
  title: 'this is not a number',
  explanation: 'Numbers are written in decimal digits, without leading zeros and without a unit.',
  example: { wrong: 'network back { mtu 1500b }\n', right: 'network back { mtu 1500 }\n' },
};

export const numberOutOfRange: CatalogueEntry = {
  code: 'CTFW1051',
  severity: 'error',
  title: 'a number outside of its limits',
  explanation: 'An MTU is 68 to 65535, a VLAN 1 to 4094, a VXLAN identifier 1 to 16777215.',
  example: { wrong: 'network back { vlan 4095 }\n', right: 'network back { vlan 4094 }\n' },
};

export const badSwitch: CatalogueEntry = {
  code: 'CTFW1052',
  severity: 'error',
  title: 'an option is on or off',
  explanation: 'Options are written with `on`, with `off`, or alone, which means `on`.',
  example: { wrong: 'network back { icc no }\n', right: 'network back { icc off }\n' },
};

export const unknownChoice: CatalogueEntry = {
  code: 'CTFW1053',
  severity: 'error',
  title: 'a word that is none of the choices',
  explanation:
    'The gateway mode of a network is `nat`, `routed` or `isolated`; the network mode of a container is `host`, `none` or `container:NAME`.',
  example: { wrong: 'network back { gateway-mode route }\n', right: 'network back { gateway-mode routed }\n' },
};

// ---- files and comments (106x) ------------------------------------------------------------------------------------------

export const includeUnreadable: CatalogueEntry = {
  code: 'CTFW1060',
  severity: 'error',
  title: 'an included file cannot be read',
  explanation: 'The path of an `include` is relative to the file that it stands in.',
  example: { wrong: 'include "missing.ctfw"\n', right: 'zone office = 10.0.0.0/8\n' },
};

export const includeCycle: CatalogueEntry = {
  code: 'CTFW1061',
  severity: 'error',
  title: 'a file includes itself',
  explanation:
    'Files may include each other in a tree, not in a circle. A file that is included from two places is read once, so nothing needs to be included "to be sure".',
  example: { wrong: 'include "policy.ctfw"\n', right: 'zone office = 10.0.0.0/8\n' },
};

export const unusedIgnore: CatalogueEntry = {
  code: 'CTFW1062',
  severity: 'warning',
  title: 'a suppression suppresses nothing',
  explanation:
    'The line below the comment does not give the warning that the comment suppresses, so the comment is out of date, in the wrong place, or names an error: errors cannot be suppressed.',
  example: {
    wrong: '# ctfw-ignore CTFW3001\nzone office = 10.0.0.0/8\n',
    right: 'zone office = 10.0.0.0/8\n',
  },
};

export const badIgnore: CatalogueEntry = {
  code: 'CTFW1063',
  severity: 'warning',
  title: 'a suppression that names no code',
  explanation:
    'A suppression names the codes that it suppresses: `# ctfw-ignore CTFW3001`, several separated by commas.',
  example: {
    wrong: '# ctfw-ignore everything\nzone office = 10.0.0.0/8\n',
    right: '# everything is fine\nzone office = 10.0.0.0/8\n',
  },
};

export const syntaxCatalogue: readonly CatalogueEntry[] = [
  controlCharacter,
  invisibleCharacter,
  notUtf8,
  unterminatedText,
  wrongArrow,
  strayCharacter,
  lineTooLong,
  fileTooLarge,
  tooManyErrors,
  unknownStatement,
  misplacedStatement,
  unexpected,
  surplus,
  unclosedBlock,
  unopenedBlock,
  rejectOnAllow,
  clauseTwice,
  blockMissing,
  badName,
  reservedName,
  badInterfaceName,
  badText,
  badHostname,
  badResolverOption,
  badAddress,
  octetTooLarge,
  leadingZero,
  badIpv6,
  lengthUnwanted,
  lengthMissing,
  badLength,
  hostBits,
  badMac,
  badPort,
  portOutOfRange,
  reversedRange,
  unknownProtocol,
  protocolTwice,
  protocolMissing,
  publishLengths,
  badPublication,
  badNumber,
  numberOutOfRange,
  badSwitch,
  unknownChoice,
  includeUnreadable,
  includeCycle,
  unusedIgnore,
  badIgnore,
];
