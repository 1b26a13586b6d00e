/** What each statement and option does, in a sentence: for hovering and for completion. */
import type { Context } from '../../syntax/forms.ts';

const dns = {
  dns: 'The name servers that containers use.',
  'dns-search': 'The domains in which containers look up short names.',
  'dns-option': 'Options of the resolver of containers, such as `ndots:2`.',
};

const explanations: Readonly<Record<Context, Readonly<Record<string, string>>>> = {
  file: {
    host: 'The machine that the containers run on: its interfaces, routes and options.',
    zone: 'A name for addresses outside, seen through an interface. Addresses of the host and of declared networks never belong to it.',
    network: 'A network that containers are attached to.',
    container: 'A container: its networks, the ports it serves, and those published on the host.',
    group: 'A name for several subjects; groups may hold groups.',
    service: 'A name for protocols and ports.',
    link: 'Lets the left container open connections to the ports that the right one exposes, over a network they share.',
    allow: 'Lets the left side open connections to the right side. A deny that covers the same beats it.',
    deny: 'Blocks what the left side sends to the right side, whatever allows it.',
    expect: 'A test: what must hold for every packet from the left side to the right side.',
    connect: 'A point-to-point link that the rules of the host do not see.',
    include: 'Makes another file part of this policy.',
  },
  host: {
    interface: 'An interface of the host with its addresses.',
    route: 'A route of the host.',
    'ip-forward': 'Whether the host forwards packets, in both families.',
    'publish-address': 'The address on which `publish` answers when it names none.',
    'auto-ports': 'The ports that are given to publications without a port of their own.',
    icc: 'Whether containers of one network may talk with each other, for networks that do not say it themselves.',
    protect: 'Blocks what comes from outside to the host itself, except what `allow` names.',
    'loopback-publish': 'Lets published ports answer at 127.0.0.1 on the host too.',
    transit: 'Whether traffic between outside interfaces is left alone (`on`) or blocked (`off`).',
    ...dns,
  },
  interface: {
    address: 'The addresses of the interface, each with the length of its prefix.',
    mtu: 'The largest packet of the interface, in bytes.',
  },
  network: {
    bridge: 'The name of the bridge; without it `br-` and the name of the network.',
    switch: 'The network is a virtual switch, whose inside the rules of the host do not see.',
    physical: 'The network is the LAN behind a network card, which becomes a port of the bridge.',
    macvlan: 'Containers are on the LAN of a network card, each with a MAC address of its own.',
    subnet: 'The addresses of the network, at most one prefix of each family.',
    gateway: "The bridge's own address; without it the first of the subnet.",
    mtu: 'The largest packet of the network, in bytes.',
    icc: 'Whether containers of this network may talk with each other without being allowed to.',
    internal: 'Nothing goes from here to the outside, and nothing is published, unless it is allowed by name.',
    masquerade: 'Whether what leaves to the outside takes the address of the host.',
    'gateway-mode':
      '`nat`: published ports are translated. `routed`: containers are reached at their own addresses. `isolated`: internal, and the bridge has no address.',
    vlan: 'The VLAN tag of the network.',
    vxlan: 'The VXLAN identifier of a network that spans hosts.',
    on: 'The hosts that the network is on.',
    spoofing: 'Lets containers send with source addresses that were not given to them.',
    unmanaged: 'No rules are made for this network; its addresses count as outside.',
    ...dns,
  },
  container: {
    attach: 'Puts the container on a network. Addresses that are not written are given out and kept in the lock file.',
    network: "Uses the host's network, none, or that of another container.",
    expose: 'The ports that the container serves: what links lead to, and `publish all` publishes.',
    publish: "Makes ports of the container reachable at the host's addresses; `from` says for whom.",
    hostname: 'The host name inside of the container.',
    alias: 'Further names of the container on its networks.',
    route: 'A route inside of the container.',
    plumb: 'Wires an interface of a container of mode `none` to a network by hand.',
    ...dns,
  },
  attach: {
    port: "The name of the host's end of the container's cable.",
    mac: 'The MAC address of the container on this network.',
    gateway: 'Makes this network the way to everything else, through these addresses.',
    alias: 'Further names of the container on this network.',
  },
};

/** What a keyword does in a context; a word that begins no statement there has no explanation. */
export function explanationOf(context: Context, keyword: string): string {
  const known = explanations[context];
  return Object.hasOwn(known, keyword) ? (known[keyword] ?? '') : '';
}
