/** How each statement is written, for help texts, and which words can begin one in which place. */

/** Where a statement stands: in the file itself or in a block. */
export type Context = 'file' | 'host' | 'interface' | 'network' | 'container' | 'attach';

const dnsForms = {
  dns: 'dns ADDRESS, ...',
  'dns-search': 'dns-search DOMAIN, ...',
  'dns-option': 'dns-option OPTION, ...',
};

/** For each context its keywords, each with the form of its statement. Capitals stand for what the user fills in. */
export const forms: Readonly<Record<Context, Readonly<Record<string, string>>>> = {
  file: {
    host: 'host NAME { ... }',
    zone: 'zone NAME = PREFIX, ... [on INTERFACE]',
    network: 'network NAME [on HOST [via INTERFACE], ...] { ... }',
    container: 'container NAME { ... }',
    group: 'group NAME = SUBJECT, ...',
    service: 'service NAME = SERVICE, ...',
    link: 'link CONTAINER -> CONTAINER [as ALIAS]',
    allow: 'allow SUBJECT, ... -> SUBJECT, ... [SERVICE, ...] [log "TEXT"]',
    deny: 'deny SUBJECT, ... -> SUBJECT, ... [SERVICE, ...] [reject] [log "TEXT"]',
    expect: 'expect SUBJECT, ... -> SUBJECT, ... [SERVICE, ...] OUTCOME',
    connect: 'connect NAME ADDRESS <-> NAME ADDRESS',
    include: 'include "PATH"',
  },
  host: {
    interface: 'interface NAME { address ADDRESS/LENGTH, ...; mtu NUMBER }',
    route: 'route PREFIX via ADDRESS [on INTERFACE]',
    'ip-forward': 'ip-forward on|off',
    'publish-address': 'publish-address ADDRESS',
    'auto-ports': 'auto-ports FIRST-LAST',
    icc: 'icc on|off',
    protect: 'protect host [on|off]',
    'loopback-publish': 'loopback-publish on|off',
    transit: 'transit on|off',
    ...dnsForms,
  },
  interface: {
    address: 'address ADDRESS/LENGTH, ...',
    mtu: 'mtu NUMBER',
  },
  network: {
    bridge: 'bridge NAME',
    switch: 'switch NAME',
    physical: 'physical BRIDGE on INTERFACE',
    macvlan: 'macvlan on INTERFACE',
    subnet: 'subnet PREFIX, ...',
    gateway: 'gateway ADDRESS, ...',
    mtu: 'mtu NUMBER',
    icc: 'icc on|off',
    internal: 'internal [on|off]',
    masquerade: 'masquerade on|off',
    'gateway-mode': 'gateway-mode nat|routed|isolated',
    vlan: 'vlan NUMBER',
    vxlan: 'vxlan NUMBER',
    on: 'on HOST [via INTERFACE], ...',
    spoofing: 'spoofing allowed [on|off]',
    unmanaged: 'unmanaged [on|off]',
    ...dnsForms,
  },
  container: {
    attach: 'attach NETWORK [ADDRESS, ...] [{ ... }]',
    network: 'network host|none|container:NAME',
    expose: 'expose PORT, ...',
    publish: 'publish [ADDRESS:][PORT:]PORT, ... [from SUBJECT, ...]',
    hostname: 'hostname NAME',
    alias: 'alias NAME, ... [on NETWORK]',
    route: 'route PREFIX via ADDRESS',
    plumb: 'plumb INTERFACE ADDRESS/LENGTH, ... [via ADDRESS] on NETWORK',
    ...dnsForms,
  },
  attach: {
    port: 'port INTERFACE',
    mac: 'mac ADDRESS',
    gateway: 'gateway ADDRESS, ...',
    alias: 'alias NAME, ... [on NETWORK]',
  },
};

/** Where a context is, in a sentence: "`zone` cannot stand ...". */
export const contextPlaces: Readonly<Record<Context, string>> = {
  file: 'outside of all blocks',
  host: 'in a `host` block',
  interface: 'in an `interface` block',
  network: 'in a `network` block',
  container: 'in a `container` block',
  attach: 'in an `attach` block',
};

/** The context whose keyword begins the statement that a grammar rule parses. Rules that are parts of others are not listed. */
const contextOfRule: Readonly<Record<string, Context>> = {
  hostHeader: 'file',
  host: 'file',
  zone: 'file',
  networkHeader: 'file',
  network: 'file',
  containerHeader: 'file',
  container: 'file',
  group: 'file',
  service: 'file',
  link: 'file',
  access: 'file',
  expect: 'file',
  connect: 'file',
  include: 'file',
  interfaceHeader: 'host',
  interface: 'host',
  hostItem: 'host',
  interfaceItem: 'interface',
  networkItem: 'network',
  attachHeader: 'container',
  attach: 'container',
  containerItem: 'container',
  attachOption: 'attach',
};

/** The context of the statement that a stack of grammar rules is parsing. */
export function contextOfRules(ruleStack: readonly string[]): Context {
  for (const rule of ruleStack.toReversed()) {
    const context = contextOfRule[rule];
    if (context !== undefined) return context;
  }
  return 'file';
}

/** The form of the statement of a keyword, as a help text; undefined for a word that begins none. */
export function formHelp(context: Context, keyword: string): string | undefined {
  const form = Object.hasOwn(forms[context], keyword) ? forms[context][keyword] : undefined;
  return form === undefined ? undefined : `\`${keyword}\` is written: ${form}`;
}
