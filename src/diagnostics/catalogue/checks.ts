/** Diagnostics of stage 3: policies whose names resolve, but which cannot work, or do not mean what they seem to. */
import type { CatalogueEntry } from '../entry.ts';

const front = 'network front { subnet 172.17.0.0/16 }\n';
const frontClosed = 'network front { subnet 172.17.0.0/16; icc off }\n';
const lan = 'host edge {\n  interface lan0 { address 192.168.1.5/24 }\n}\n';

export const addressOutsideSubnet: CatalogueEntry = {
  code: 'CTFW3001',
  severity: 'error',
  title: 'an address is outside the subnet of its network',
  explanation:
    'Containers of a network reach each other and their gateway directly, so their addresses lie in its subnet of the same family.',
  example: {
    wrong: `${front}container web { attach front 172.18.0.2 }\n`,
    right: `${front}container web { attach front 172.17.0.2 }\n`,
  },
};

export const addressTwice: CatalogueEntry = {
  code: 'CTFW3002',
  severity: 'error',
  title: 'an address is given twice',
  explanation:
    'On one network an address belongs to one container. The network address, the IPv4 broadcast address and the gateway belong to none.',
  example: {
    wrong: `${front}container a { attach front 172.17.0.2 }\ncontainer b { attach front 172.17.0.2 }\n`,
    right: `${front}container a { attach front 172.17.0.2 }\ncontainer b { attach front 172.17.0.3 }\n`,
  },
};

export const subnetOverlap: CatalogueEntry = {
  code: 'CTFW3003',
  severity: 'error',
  title: 'two subnets on one host overlap',
  explanation:
    'A host sends an address one way. The subnets of its networks therefore overlap neither each other nor the prefix of one of its interfaces. VLANs of a switch are judged apart.',
  example: {
    wrong: `${front}network back { subnet 172.17.128.0/17 }\n`,
    right: `${front}network back { subnet 172.18.0.0/16 }\n`,
  },
};

export const hostPortConflict: CatalogueEntry = {
  code: 'CTFW3004',
  severity: 'error',
  title: 'a host port is published twice',
  explanation:
    'A port on an address of the host leads to one container. A publication without an address, or on 0.0.0.0 or [::], has the port on every address of the host, so it conflicts with one on any address of the same family.',
  example: {
    wrong: `${front}container a { attach front; publish 127.0.0.1:8080:80 }\ncontainer b { attach front; publish 127.0.0.1:8080:80 }\n`,
    right: `${front}container a { attach front; publish 127.0.0.1:8080:80 }\ncontainer b { attach front; publish 127.0.0.1:8081:80 }\n`,
  },
};

export const publishAddressMissing: CatalogueEntry = {
  code: 'CTFW3005',
  severity: 'error',
  title: 'a port is published on an address that the host does not have',
  explanation:
    'A publication answers only on addresses of the host: those of its interfaces and of the bridges of its networks. This is checked where the `host` block declares interfaces.',
  example: {
    wrong: `${lan}${front}container web { attach front; publish 192.168.1.6:8080:80 }\n`,
    right: `${lan}${front}container web { attach front; publish 192.168.1.5:8080:80 }\n`,
  },
};

export const publishIpv6Loopback: CatalogueEntry = {
  code: 'CTFW3006',
  severity: 'error',
  title: 'a port is published on [::1], which cannot work',
  explanation:
    'The kernel neither sends packets with the source ::1 to a container nor accepts their answers; there is no counterpart of route_localnet for IPv6. 127.0.0.1 works.',
  example: {
    wrong:
      'network front { subnet 172.17.0.0/16, fd00:17::/64 }\ncontainer web { attach front; publish [::1]:8080:80 }\n',
    right:
      'network front { subnet 172.17.0.0/16, fd00:17::/64 }\ncontainer web { attach front; publish 127.0.0.1:8080:80 }\n',
  },
};

export const sharedPortTwice: CatalogueEntry = {
  code: 'CTFW3007',
  severity: 'warning',
  title: 'two containers that share one network serve the same port',
  explanation:
    'With `network container:X` both containers have the same addresses and ports, so only one of them can listen on a port.',
  example: {
    wrong: `${front}container web { attach front; expose 80/tcp }\ncontainer metrics { network container:web; expose 80/tcp }\n`,
    right: `${front}container web { attach front; expose 80/tcp }\ncontainer metrics { network container:web; expose 9090/tcp }\n`,
  },
};

export const linkWithoutNetwork: CatalogueEntry = {
  code: 'CTFW3008',
  severity: 'error',
  title: 'linked containers have no network in common',
  explanation:
    'A link opens the exposed ports of its target between addresses on a common network. Between different networks use `allow`.',
  example: {
    wrong: `${front}network back { subnet 172.18.0.0/16 }\ncontainer web { attach front }\ncontainer db { attach back; expose 5432/tcp }\nlink web -> db\n`,
    right: `${front}network back { subnet 172.18.0.0/16 }\ncontainer web { attach front; attach back }\ncontainer db { attach back; expose 5432/tcp }\nlink web -> db\n`,
  },
};

export const linkToNothing: CatalogueEntry = {
  code: 'CTFW3009',
  severity: 'warning',
  title: 'a link to a container that exposes nothing',
  explanation: 'A link covers only what its target exposes. The target exposes no port, so the link opens nothing.',
  example: {
    wrong: `${front}container web { attach front }\ncontainer db { attach front }\nlink web -> db\n`,
    right: `${front}container web { attach front }\ncontainer db { attach front; expose 5432/tcp }\nlink web -> db\n`,
  },
};

export const linkTwice: CatalogueEntry = {
  code: 'CTFW3010',
  severity: 'warning',
  title: 'two containers are linked twice',
  explanation: 'The second link says the same as the first. A link with another alias gives another name and is fine.',
  example: {
    wrong: `${front}container web { attach front }\ncontainer db { attach front; expose 5432/tcp }\nlink web -> db\nlink web -> db\n`,
    right: `${front}container web { attach front }\ncontainer db { attach front; expose 5432/tcp }\nlink web -> db\n`,
  },
};

export const interfaceNameInvalid: CatalogueEntry = {
  code: 'CTFW3011',
  severity: 'error',
  title: 'an interface cannot have this name',
  explanation:
    'An interface name has 1 to 15 bytes, without slash, colon, quotes, percent sign and white space. `*` and `+` are refused as well: nft and iptables would read such a name as a pattern that matches other interfaces. The bridge of a network is called `br-NAME` unless `bridge` names it, so the names of networks are short or come with a `bridge`.',
  example: {
    wrong: 'network application-backend { subnet 172.17.0.0/16 }\n',
    right: 'network application-backend { bridge br-backend; subnet 172.17.0.0/16 }\n',
  },
};

export const interfaceNameTwice: CatalogueEntry = {
  code: 'CTFW3012',
  severity: 'error',
  title: 'two interfaces of a host have the same name',
  explanation: 'Interfaces of the host, bridges of networks and ports of containers share the names of one machine.',
  example: {
    wrong:
      'network front { bridge docker0; subnet 172.17.0.0/16 }\nnetwork back { bridge docker0; subnet 172.18.0.0/16 }\n',
    right:
      'network front { bridge docker0; subnet 172.17.0.0/16 }\nnetwork back { bridge docker1; subnet 172.18.0.0/16 }\n',
  },
};

export const zoneEmpty: CatalogueEntry = {
  code: 'CTFW3013',
  severity: 'error',
  title: 'a zone is left without any address',
  explanation:
    'A zone is seen from outside: addresses of the host and of declared networks never belong to it. Nothing is left of this one, so nothing that is said about it would hold.',
  example: {
    wrong: `${front}zone servers = 172.17.4.0/24\n`,
    right: `${front}zone servers = 172.16.4.0/24\n`,
  },
};

export const zoneInterfaceUnknown: CatalogueEntry = {
  code: 'CTFW3014',
  severity: 'error',
  title: 'a zone is behind an interface that the host does not have',
  explanation:
    'The host declares its interfaces, and none of them has this name: no packet would ever come from this zone, and no `deny` of it would hold.',
  example: {
    wrong: `${lan}zone office = 192.168.1.0/24 on lan1\n`,
    right: `${lan}zone office = 192.168.1.0/24 on lan0\n`,
  },
};

export const denyClosesPublication: CatalogueEntry = {
  code: 'CTFW3015',
  severity: 'warning',
  title: 'a deny closes a published port',
  explanation:
    'A deny covers a flow by its destination as sent or by its real one, so a deny on the host closes a host port that a container publishes, and a deny on a container closes what it publishes. If that is meant, say so with `ctfw-ignore`.',
  example: {
    wrong: `${lan}zone office = 192.168.1.0/24 on lan0\n${front}container web { attach front; publish 192.168.1.5:8080:80 }\ndeny office -> edge 8080/tcp\n`,
    right: `${lan}zone office = 192.168.1.0/24 on lan0\n${front}container web { attach front; publish 192.168.1.5:8080:80 }\ndeny office -> edge 22/tcp\n`,
  },
};

export const neverMatters: CatalogueEntry = {
  code: 'CTFW3016',
  severity: 'warning',
  title: 'a statement can never matter',
  explanation:
    'Without this statement the policy would mean the same: what it allows is allowed or denied in any case, or what it denies is denied already. Often it was meant to say something else.',
  example: {
    wrong: `${front}network back { subnet 172.18.0.0/16 }\ncontainer web { attach front }\ncontainer db { attach back }\nallow web -> db 5000-6000/tcp\nallow web -> db 5432/tcp\n`,
    right: `${front}network back { subnet 172.18.0.0/16 }\ncontainer web { attach front }\ncontainer db { attach back }\nallow web -> db 5000-6000/tcp\nallow web -> db 5432/udp\n`,
  },
};

export const bridgeDeny: CatalogueEntry = {
  code: 'CTFW3017',
  severity: 'warning',
  title: 'a deny inside a bridge needs br_netfilter',
  explanation:
    'Packets between containers of one bridge meet the rules of the host only if the module br_netfilter is loaded and `net.bridge.bridge-nf-call-iptables` is 1. Without it such traffic is dropped altogether: the deny holds, but nothing else passes inside that bridge either.',
  example: {
    wrong: `${front}container web { attach front }\ncontainer db { attach front }\ndeny web -> db 22/tcp\n`,
    right: `${front}network back { subnet 172.18.0.0/16 }\ncontainer web { attach front }\ncontainer db { attach back }\ndeny web -> db 22/tcp\n`,
  },
};

export const iccNeedsFilter: CatalogueEntry = {
  code: 'CTFW3018',
  severity: 'hint',
  title: '`icc off` needs br_netfilter to let anything through',
  explanation:
    'Packets between containers of one bridge meet the rules of the host only if the module br_netfilter is loaded and `net.bridge.bridge-nf-call-iptables` is 1. Without it everything inside the bridge is dropped: `icc off` holds, but links and allows inside it do not work.',
  example: {
    wrong: `${frontClosed}container web { attach front }\ncontainer db { attach front }\n`,
    right: `${front}container web { attach front }\ncontainer db { attach front }\n`,
  },
};

export const publishRouted: CatalogueEntry = {
  code: 'CTFW3019',
  severity: 'warning',
  title: 'a port is published on a routed network',
  explanation:
    'With `gateway-mode routed` nothing is translated: the published container port is open at the address of the container itself, for those who route to it. The host port is ignored.',
  example: {
    wrong:
      'network front { subnet 172.17.0.0/16; gateway-mode routed }\ncontainer web { attach front; publish 127.0.0.1:8080:80 }\n',
    right: 'network front { subnet 172.17.0.0/16 }\ncontainer web { attach front; publish 127.0.0.1:8080:80 }\n',
  },
};

export const publishOnLan: CatalogueEntry = {
  code: 'CTFW3020',
  severity: 'error',
  title: 'a port is published on a network that is the LAN itself',
  explanation:
    'Containers on a `physical` or `macvlan` network have addresses of the LAN, and its machines reach them there. There is no translation, so nothing can be published.',
  example: {
    wrong:
      'network lan { physical br0 on eno1; subnet 192.168.1.0/24; gateway 192.168.1.1 }\ncontainer web { attach lan; publish 127.0.0.1:8080:80 }\n',
    right:
      'network lan { physical br0 on eno1; subnet 192.168.1.0/24; gateway 192.168.1.1 }\ncontainer web { attach lan; expose 80/tcp }\n',
  },
};

export const publishUnmanaged: CatalogueEntry = {
  code: 'CTFW3021',
  severity: 'error',
  title: 'a port is published on an unmanaged network',
  explanation: 'No rules are made for an `unmanaged` network, so nothing would publish the port.',
  example: {
    wrong:
      'network front { subnet 172.17.0.0/16; unmanaged }\ncontainer web { attach front; publish 127.0.0.1:8080:80 }\n',
    right: 'network front { subnet 172.17.0.0/16 }\ncontainer web { attach front; publish 127.0.0.1:8080:80 }\n',
  },
};

export const ipForwardOff: CatalogueEntry = {
  code: 'CTFW3022',
  severity: 'warning',
  title: 'the host does not forward, but its containers need it',
  explanation:
    'With `ip-forward off` the kernel drops every packet that is to enter or leave a container: published ports do not answer from outside, and containers reach nothing beyond their own network and the host.',
  example: {
    wrong: `host edge { ip-forward off }\n${front}container web { attach front }\n`,
    right: `host edge { ip-forward on }\n${front}container web { attach front }\n`,
  },
};

export const sameContainer: CatalogueEntry = {
  code: 'CTFW3023',
  severity: 'warning',
  title: 'both sides of a statement are the same container',
  explanation:
    'What a container sends to its own addresses stays inside it and meets no rule. (A container that publishes a port can reach itself through the host; then such a statement has a meaning.)',
  example: {
    wrong: `${front}container web { attach front }\ncontainer metrics { network container:web }\ndeny web -> metrics 9090/tcp\n`,
    right: `${front}network back { subnet 172.18.0.0/16 }\ncontainer web { attach front }\ncontainer metrics { attach back }\ndeny web -> metrics 9090/tcp\n`,
  },
};

export const denyAcrossConnection: CatalogueEntry = {
  code: 'CTFW3024',
  severity: 'error',
  title: 'a deny covers traffic over a link that no rule sees',
  explanation:
    '`connect` joins two ends directly. What they send over it does not pass the host, so a deny between them would not hold.',
  example: {
    wrong:
      'container a { network none }\ncontainer b { network none }\nconnect a 10.1.1.1 <-> b 10.1.1.2\ndeny 10.1.1.1 -> 10.1.1.2 22/tcp\n',
    right:
      'container a { network none }\ncontainer b { network none }\nconnect a 10.1.1.1 <-> b 10.1.1.2\ndeny 10.1.2.1 -> 10.1.2.2 22/tcp\n',
  },
};

export const insideSwitch: CatalogueEntry = {
  code: 'CTFW3025',
  severity: 'error',
  title: 'a statement about traffic inside a switch',
  explanation:
    'Traffic inside a `switch` network goes from port to port and does not meet the rules of the host, so `icc off`, links and denies inside one cannot hold.',
  example: {
    wrong: 'network blue { switch ovs1; vlan 100; subnet 10.1.0.0/16; icc off }\n',
    right: 'network blue { switch ovs1; vlan 100; subnet 10.1.0.0/16 }\n',
  },
};

export const attachTwice: CatalogueEntry = {
  code: 'CTFW3026',
  severity: 'error',
  title: 'a container is attached twice to one network',
  explanation: 'A container has one place on a network, with at most one address of each family.',
  example: {
    wrong: `${front}container web { attach front 172.17.0.2; attach front 172.17.0.3 }\n`,
    right: `${front}container web { attach front 172.17.0.2 }\n`,
  },
};

export const attachGatewayOutside: CatalogueEntry = {
  code: 'CTFW3027',
  severity: 'error',
  title: 'the gateway of an attachment is not on its network',
  explanation: 'A container sends to its gateway directly, so the gateway has an address in the subnet of the network.',
  example: {
    wrong: `${front}container web { attach front { gateway 172.18.0.254 } }\n`,
    right: `${front}container web { attach front { gateway 172.17.0.254 } }\n`,
  },
};

export const routeGatewayUnreachable: CatalogueEntry = {
  code: 'CTFW3028',
  severity: 'error',
  title: 'the next hop of a route cannot be reached',
  explanation:
    'The next hop of a route lies on a network that the container is attached to, or (where the `host` block declares interfaces) in the prefix of an interface of the host. The kernel refuses other routes.',
  example: {
    wrong: `${front}container web { attach front; route 10.0.0.0/8 via 172.18.0.1 }\n`,
    right: `${front}container web { attach front; route 10.0.0.0/8 via 172.17.0.254 }\n`,
  },
};

export const containerWithoutAddresses: CatalogueEntry = {
  code: 'CTFW3029',
  severity: 'warning',
  title: 'a statement about a container without addresses',
  explanation: 'A container of mode `none` sends and receives nothing, so an `allow` or `deny` decides nothing for it.',
  example: {
    wrong: `${front}container web { attach front }\ncontainer job { network none }\ndeny web -> job 22/tcp\n`,
    right: `${front}network back { subnet 172.18.0.0/16 }\ncontainer web { attach front }\ncontainer job { attach back }\ndeny web -> job 22/tcp\n`,
  },
};

export const leavesAsForeign: CatalogueEntry = {
  code: 'CTFW3030',
  severity: 'warning',
  title: 'an expectation names an address that nothing leaves as',
  explanation:
    'What containers send to the outside leaves with the address of the interface it goes through. No declared interface has the expected one, so the expectation cannot hold.',
  example: {
    wrong: `host edge {\n  interface wan0 { address 203.0.113.10/24 }\n}\nzone internet = any on wan0\n${front}container web { attach front }\nexpect web -> internet 443/tcp leaves as 203.0.113.11\n`,
    right: `host edge {\n  interface wan0 { address 203.0.113.10/24 }\n}\nzone internet = any on wan0\n${front}container web { attach front }\nexpect web -> internet 443/tcp leaves as 203.0.113.10\n`,
  },
};

export const loopbackNotPublished: CatalogueEntry = {
  code: 'CTFW3031',
  severity: 'hint',
  title: 'a published port does not answer on 127.0.0.1',
  explanation:
    'A plain `publish` answers on every address of the host except loopback. With `loopback-publish on` the host itself also reaches it at 127.0.0.1; that needs route_localnet on the bridge. Write `loopback-publish off` if it is not wanted.',
  example: {
    wrong: `${front}container web { attach front; publish 8080:80 }\n`,
    right: `host edge { loopback-publish on }\n${front}container web { attach front; publish 8080:80 }\n`,
  },
};

export const subnetNotUsable: CatalogueEntry = {
  code: 'CTFW3032',
  severity: 'error',
  title: 'a subnet holds addresses that no host can have',
  explanation:
    'Loopback, link-local, multicast and reserved addresses are not routed between hosts. Use a private subnet: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or a part of fd00::/8.',
  example: {
    wrong: 'network front { subnet 127.1.0.0/16 }\n',
    right: 'network front { subnet 172.17.0.0/16 }\n',
  },
};

export const macNotUsable: CatalogueEntry = {
  code: 'CTFW3033',
  severity: 'error',
  title: 'a MAC address cannot be used here',
  explanation:
    'On one network a MAC address belongs to one container, and it is not a group address (the lowest bit of its first octet is 0).',
  example: {
    wrong: `${front}container web { attach front { mac 03:42:ac:11:00:02 } }\n`,
    right: `${front}container web { attach front { mac 02:42:ac:11:00:02 } }\n`,
  },
};

export const overlayWithoutAddress: CatalogueEntry = {
  code: 'CTFW3044',
  severity: 'error',
  title: 'the hosts of an overlay have no addresses for its tunnel',
  explanation:
    'An overlay (`vxlan N`) is a tunnel between the hosts that it is on. Each of them needs an address that the others can send to, all of one family.',
  example: {
    wrong: 'host a { }\nhost b { }\nnetwork mesh on a, b { vxlan 42; subnet 10.32.0.0/16 }\n',
    right:
      'host a { interface eth0 { address 192.168.1.4/24 } }\nhost b { interface eth0 { address 192.168.1.6/24 } }\nnetwork mesh on a, b { vxlan 42; subnet 10.32.0.0/16 }\n',
  },
};

const overlay =
  'host a { interface eth0 { address 192.168.1.4/24 }; loopback-publish off }\nhost b { interface eth0 { address 192.168.1.6/24 } }\nnetwork mesh on a, b { vxlan 42; subnet 10.32.0.0/16 }\n';

export const tunnelPortPublished: CatalogueEntry = {
  code: 'CTFW3045',
  severity: 'error',
  title: 'a publication takes the port of a tunnel',
  explanation:
    'The tunnel of an overlay comes in on 4789/udp of each of its hosts. Published, that port would lead to a container instead.',
  example: {
    wrong: `${overlay}container web on a { attach mesh; publish 4789:4789/udp }\n`,
    right: `${overlay}container web on a { attach mesh; publish 4790:4789/udp }\n`,
  },
};

export const seenAsHost: CatalogueEntry = {
  code: 'CTFW3046',
  severity: 'warning',
  title: 'a container is named where its host is seen',
  explanation:
    'What a container sends to another host is masqueraded by its own, so the other one sees the address of that host. To let the container in, let in its host, and with it everything that it masquerades.',
  example: {
    wrong:
      'host a { interface eth0 { address 192.168.1.4/24 } }\nhost b { interface eth0 { address 192.168.1.6/24 }; protect host }\nnetwork front on a { subnet 172.17.0.0/16 }\ncontainer web { attach front }\nallow web -> b 22/tcp\n',
    right:
      'host a { interface eth0 { address 192.168.1.4/24 } }\nhost b { interface eth0 { address 192.168.1.6/24 }; protect host }\nnetwork front on a { subnet 172.17.0.0/16 }\ncontainer web { attach front }\nallow a -> b 22/tcp\n',
  },
};

export const tunnelCut: CatalogueEntry = {
  code: 'CTFW3047',
  severity: 'warning',
  title: 'a deny cuts a tunnel',
  explanation:
    'The frames of an overlay travel between its hosts as UDP packets to port 4789, from host to host. A deny that covers these stops whatever is inside of them, though it does not name the containers.',
  example: {
    wrong:
      'host a { interface eth0 { address 192.168.1.4/24 } }\nhost b { interface eth0 { address 192.168.1.6/24 } }\nnetwork mesh on a, b { vxlan 42; subnet 10.32.0.0/16 }\ncontainer web on a { attach mesh }\ncontainer db on b { attach mesh }\ndeny a -> b\n',
    right:
      'host a { interface eth0 { address 192.168.1.4/24 } }\nhost b { interface eth0 { address 192.168.1.6/24 } }\nnetwork mesh on a, b { vxlan 42; subnet 10.32.0.0/16 }\ncontainer web on a { attach mesh }\ncontainer db on b { attach mesh }\ndeny a -> b 22/tcp\n',
  },
};

export const checkEntries: readonly CatalogueEntry[] = [
  addressOutsideSubnet,
  addressTwice,
  subnetOverlap,
  hostPortConflict,
  publishAddressMissing,
  publishIpv6Loopback,
  sharedPortTwice,
  linkWithoutNetwork,
  linkToNothing,
  linkTwice,
  interfaceNameInvalid,
  interfaceNameTwice,
  zoneEmpty,
  zoneInterfaceUnknown,
  denyClosesPublication,
  neverMatters,
  bridgeDeny,
  iccNeedsFilter,
  publishRouted,
  publishOnLan,
  publishUnmanaged,
  ipForwardOff,
  sameContainer,
  denyAcrossConnection,
  insideSwitch,
  attachTwice,
  attachGatewayOutside,
  routeGatewayUnreachable,
  containerWithoutAddresses,
  leavesAsForeign,
  loopbackNotPublished,
  subnetNotUsable,
  macNotUsable,
  overlayWithoutAddress,
  tunnelPortPublished,
  seenAsHost,
  tunnelCut,
];
