/**
 * The token types of the language. Words are coarse: everything between white space and punctuation is one word, and what
 * kind of value it is gets decided where the grammar knows what to expect. So the grammar asks for a *role* (the name of a
 * network, an address, a port), every word may play every role, and a keyword is just a word with a type of its own.
 */
import { createToken, Lexer, type TokenType } from 'chevrotain';

function category(name: string, label: string, categories: TokenType[] = []): TokenType {
  return createToken({ name, label, pattern: Lexer.NA, categories });
}

// ---- what may stand inside of what: for swallowing what cannot be understood --------------------------------------------

/** Any token that does not end a statement of the file. */
export const InsideStatement = category('InsideStatement', 'anything');
/** Any token that does not end an item of a block. */
export const InsideItem = category('InsideItem', 'anything', [InsideStatement]);
/** Any token that is neither a brace nor an end. */
export const InsideLine = category('InsideLine', 'anything', [InsideItem]);

// ---- roles of words -----------------------------------------------------------------------------------------------------

export const roles = {
  HostName: category('HostName', 'the name of a host'),
  NetworkName: category('NetworkName', 'the name of a network'),
  ContainerName: category('ContainerName', 'the name of a container'),
  ZoneName: category('ZoneName', 'the name of a zone'),
  GroupName: category('GroupName', 'the name of a group'),
  ServiceName: category('ServiceName', 'the name of a service'),
  EndName: category('EndName', 'the name of a container or a host'),
  InterfaceName: category('InterfaceName', 'the name of an interface'),
  Alias: category('Alias', 'an alias'),
  HostnameWord: category('HostnameWord', 'a host name'),
  Address: category('Address', 'an address'),
  Prefix: category('Prefix', 'a prefix such as 10.0.0.0/8'),
  Destination: category('Destination', '`default` or a prefix such as 10.0.0.0/8'),
  InterfaceAddress: category('InterfaceAddress', 'an address with its prefix length, such as 192.168.1.5/24'),
  Subject: category('Subject', 'a name, an address, a prefix or `any`'),
  Service: category('Service', 'a service such as 22/tcp'),
  IcmpType: category('IcmpType', 'a type of ICMP message such as echo-request'),
  Port: category('Port', 'a port such as 80/tcp'),
  PortRange: category('PortRange', 'a range of ports such as 49000-49900'),
  Publication: category('Publication', 'a publication such as 8080:80'),
  Number: category('Number', 'a number'),
  Switch: category('Switch', '`on` or `off`'),
  GatewayMode: category('GatewayMode', '`nat`, `routed` or `isolated`'),
  NetworkMode: category('NetworkMode', '`host`, `none` or `container:NAME`'),
  Mac: category('Mac', 'a MAC address such as 02:42:ac:11:00:02'),
  NameServer: category('NameServer', 'the address of a name server'),
  SearchDomain: category('SearchDomain', 'a domain'),
  ResolverOption: category('ResolverOption', 'a resolver option such as ndots:2'),
} as const;

const everyRole: TokenType[] = Object.values(roles);

/** A word that is no keyword. */
export const Word = createToken({
  name: 'Word',
  label: 'a word',
  pattern: Lexer.NA,
  categories: [...everyRole, InsideLine],
});

// ---- keywords -----------------------------------------------------------------------------------------------------------

/** Options of a host that are on or off. */
export const HostFlag = category('HostFlag', 'an option');
/** Options of a network that are on or off. */
export const NetworkFlag = category('NetworkFlag', 'an option');

/** `bridge` and `switch`, each with the name of a device. */
export const NetworkDevice = category('NetworkDevice', 'an option');
/** Options of a network that are numbers. */
export const NetworkNumber = category('NetworkNumber', 'an option');
/** `allow` and `deny`. */
export const AccessKeyword = category('AccessKeyword', 'a keyword');

function keyword(text: string, ...categories: TokenType[]): TokenType {
  const name = `Keyword-${text}`;
  const all = [...everyRole, InsideLine, ...categories];
  return createToken({ name, label: `\`${text}\``, pattern: Lexer.NA, categories: all });
}

export const keywords = {
  host: keyword('host'),
  zone: keyword('zone'),
  network: keyword('network'),
  container: keyword('container'),
  group: keyword('group'),
  service: keyword('service'),
  link: keyword('link'),
  allow: keyword('allow', AccessKeyword),
  deny: keyword('deny', AccessKeyword),
  expect: keyword('expect'),
  connect: keyword('connect'),
  include: keyword('include'),
  interface: keyword('interface'),
  address: keyword('address'),
  mtu: keyword('mtu', NetworkNumber),
  route: keyword('route'),
  'ip-forward': keyword('ip-forward', HostFlag),
  'publish-address': keyword('publish-address'),
  'auto-ports': keyword('auto-ports'),
  icc: keyword('icc', HostFlag, NetworkFlag),
  protect: keyword('protect'),
  'loopback-publish': keyword('loopback-publish', HostFlag),
  transit: keyword('transit', HostFlag),
  dns: keyword('dns'),
  'dns-search': keyword('dns-search'),
  'dns-option': keyword('dns-option'),
  bridge: keyword('bridge', NetworkDevice),
  switch: keyword('switch', NetworkDevice),
  physical: keyword('physical'),
  macvlan: keyword('macvlan'),
  subnet: keyword('subnet'),
  gateway: keyword('gateway'),
  internal: keyword('internal', NetworkFlag),
  masquerade: keyword('masquerade', NetworkFlag),
  unmanaged: keyword('unmanaged', NetworkFlag),
  'gateway-mode': keyword('gateway-mode'),
  vlan: keyword('vlan', NetworkNumber),
  vxlan: keyword('vxlan', NetworkNumber),
  spoofing: keyword('spoofing'),
  on: keyword('on'),
  via: keyword('via'),
  attach: keyword('attach'),
  port: keyword('port'),
  mac: keyword('mac'),
  expose: keyword('expose'),
  publish: keyword('publish'),
  hostname: keyword('hostname'),
  alias: keyword('alias'),
  plumb: keyword('plumb'),
  from: keyword('from'),
  as: keyword('as'),
  icmp: keyword('icmp'),
  log: keyword('log'),
  reject: keyword('reject'),
  allowed: keyword('allowed'),
  blocked: keyword('blocked'),
  rejected: keyword('rejected'),
  reaches: keyword('reaches'),
  leaves: keyword('leaves'),
} as const;

const keywordsByText = new Map<string, TokenType>(Object.entries(keywords));

/** The token type of a word: its own for a keyword, `Word` for all others. */
export function wordType(text: string): TokenType {
  return keywordsByText.get(text) ?? Word;
}

// ---- punctuation --------------------------------------------------------------------------------------------------------

function punctuation(name: string, label: string, inside: TokenType): TokenType {
  return createToken({ name, label, pattern: Lexer.NA, categories: [inside] });
}

export const Text = punctuation('Text', 'a text in double quotes', InsideLine);
export const Comma = punctuation('Comma', 'a comma', InsideLine);
export const Equals = punctuation('Equals', '`=`', InsideLine);
export const Arrow = punctuation('Arrow', '`->`', InsideLine);
export const DoubleArrow = punctuation('DoubleArrow', '`<->`', InsideLine);
/** A brace or an end of a level that the language does not have, or a character that it does not know. */
export const Stray = punctuation('Stray', 'nothing', InsideLine);

/**
 * Braces and ends carry their depth in the type, so the end of a statement is never mistaken for the end of one of its
 * items, and recovery after a mistake finds the right place by type alone. Index 0 is the file itself.
 */
export const openBraces = [
  punctuation('OpenBlock', '`{`', InsideStatement),
  punctuation('OpenInner', '`{`', InsideItem),
] as const;
export const closeBraces = [
  punctuation('CloseBlock', '`}`', InsideStatement),
  punctuation('CloseInner', '`}`', InsideItem),
] as const;
export const ends = [
  createToken({ name: 'EndOfStatement', label: 'the end of the statement', pattern: Lexer.NA }),
  punctuation('EndOfItem', 'the end of the line', InsideStatement),
  punctuation('EndOfOption', 'the end of the line', InsideItem),
] as const;

/** All token types, as the parser wants them. */
export const vocabulary: TokenType[] = [
  InsideStatement,
  InsideItem,
  InsideLine,
  HostFlag,
  NetworkFlag,
  NetworkDevice,
  NetworkNumber,
  AccessKeyword,
  ...everyRole,
  Word,
  ...Object.values(keywords),
  Text,
  Comma,
  Equals,
  Arrow,
  DoubleArrow,
  Stray,
  ...openBraces,
  ...closeBraces,
  ...ends,
];
