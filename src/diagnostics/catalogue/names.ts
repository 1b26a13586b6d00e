/** Diagnostics of stage 2: names that must resolve, values that must fit, and what the lock file holds. */
import type { CatalogueEntry } from '../entry.ts';

export const duplicateName: CatalogueEntry = {
  code: 'CTFW2001',
  severity: 'error',
  title: 'a name is declared twice',
  explanation:
    'Hosts, networks, containers, zones and groups share one name space, so that a name on either side of `->` means one thing. Services have a name space of their own. Rename one of the two.',
  example: {
    wrong: 'zone office = 192.168.1.0/24\ngroup office = any\n',
    right: 'zone office = 192.168.1.0/24\ngroup staff = office\n',
  },
};

export const unknownName: CatalogueEntry = {
  code: 'CTFW2003',
  severity: 'error',
  title: 'a name is not declared',
  explanation:
    'Every name must be declared somewhere in the policy or in a file it includes. A name that does not resolve is always an error: nothing is left out silently, and nothing becomes wider than written. A policy without a `host` block has a host without a name; declare one to speak of it.',
  example: {
    wrong: 'network front { subnet 172.17.0.0/16 }\ncontainer web { attach fronte }\n',
    right: 'network front { subnet 172.17.0.0/16 }\ncontainer web { attach front }\n',
  },
};

export const wrongKind: CatalogueEntry = {
  code: 'CTFW2004',
  severity: 'error',
  title: 'a name means something of another kind',
  explanation:
    'The name is declared, but what it names does not fit here: containers are attached to networks, links join containers, and so on.',
  example: {
    wrong: 'zone office = 192.168.1.0/24\ncontainer web { attach office }\n',
    right: 'network office { subnet 192.168.1.0/24 }\ncontainer web { attach office }\n',
  },
};

export const saidTwice: CatalogueEntry = {
  code: 'CTFW2005',
  severity: 'error',
  title: 'an option is given twice',
  explanation:
    'Order has no meaning in a policy, so the last one does not win: of two values for one option neither is right. Keep one.',
  example: {
    wrong: 'network front { subnet 172.17.0.0/16; icc on; icc off }\n',
    right: 'network front { subnet 172.17.0.0/16; icc off }\n',
  },
};

export const unknownService: CatalogueEntry = {
  code: 'CTFW2006',
  severity: 'error',
  title: 'a service is not declared',
  explanation:
    'A service is a declared name (`service dns = 53/udp, 53/tcp`), a port with its protocol (`22/tcp`), a protocol (`tcp`), `icmp` or `any`.',
  example: {
    wrong: 'zone office = 192.168.1.0/24\nallow office -> 10.0.0.1 dns\n',
    right: 'zone office = 192.168.1.0/24\nservice dns = 53/udp, 53/tcp\nallow office -> 10.0.0.1 dns\n',
  },
};

export const unknownIcmpType: CatalogueEntry = {
  code: 'CTFW2007',
  severity: 'error',
  title: 'an ICMP type is not known',
  explanation:
    'Types have the names that nft and iptables use, for ICMP and ICMPv6: `echo-request`, `destination-unreachable`, `packet-too-big`. A name that exists in both families means both.',
  example: {
    wrong: 'allow any -> 10.0.0.1 icmp echo-reqest\n',
    right: 'allow any -> 10.0.0.1 icmp echo-request\n',
  },
};

export const containsItself: CatalogueEntry = {
  code: 'CTFW2008',
  severity: 'error',
  title: 'a group or service contains itself',
  explanation:
    'Groups may hold groups and services may hold services, but no chain of them may come back to its start.',
  example: {
    wrong: 'group a = b\ngroup b = a, 10.0.0.1\n',
    right: 'group a = b\ngroup b = 10.0.0.1\n',
  },
};

export const subnetHostBits: CatalogueEntry = {
  code: 'CTFW2009',
  severity: 'error',
  title: 'a subnet has bits set behind its prefix length',
  explanation:
    'A subnet is written with its lowest address. `172.17.0.1/16` may mean the subnet 172.17.0.0/16 or an address in it; say which. The address of the bridge is given with `gateway`.',
  example: {
    wrong: 'network front { subnet 172.17.0.1/16 }\n',
    right: 'network front { subnet 172.17.0.0/16; gateway 172.17.0.1 }\n',
  },
};

export const subnetFamilyTwice: CatalogueEntry = {
  code: 'CTFW2010',
  severity: 'error',
  title: 'a network has two subnets of one family',
  explanation: 'A network has at most one IPv4 and one IPv6 subnet. Declare a second network, or a larger subnet.',
  example: {
    wrong: 'network front { subnet 172.17.0.0/16, 172.18.0.0/16 }\n',
    right: 'network front { subnet 172.17.0.0/16, fd00:17::/64 }\n',
  },
};

export const subnetTooSmall: CatalogueEntry = {
  code: 'CTFW2011',
  severity: 'error',
  title: 'a subnet has no room for a gateway and a container',
  explanation:
    'The network address, the gateway and (IPv4) the broadcast address are not given to containers: /30 is the smallest IPv4 subnet, /126 the smallest IPv6 subnet.',
  example: {
    wrong: 'network front { subnet 172.17.0.0/31 }\n',
    right: 'network front { subnet 172.17.0.0/30 }\n',
  },
};

export const gatewayOutsideSubnet: CatalogueEntry = {
  code: 'CTFW2012',
  severity: 'error',
  title: 'a gateway is not a host address of its network',
  explanation:
    'The gateway is the address that the bridge holds and the containers send to, so it lies in the subnet of its family, and is neither its network address nor its broadcast address. Without `gateway` it is the first address of the subnet. There is at most one a family.',
  example: {
    wrong: 'network front { subnet 172.17.0.0/16; gateway 172.18.0.1 }\n',
    right: 'network front { subnet 172.17.0.0/16; gateway 172.17.0.1 }\n',
  },
};

export const noFreeSubnet: CatalogueEntry = {
  code: 'CTFW2013',
  severity: 'error',
  title: 'no private subnet is left for a network that names none',
  explanation:
    'A network without `subnet` gets the first of 172.17.0.0/16 to 172.31.0.0/16 and 192.168.0.0/20 to 192.168.240.0/20 that overlaps no declared subnet, no prefix of a host interface and no host route. None is left: write a subnet.',
  example: {
    wrong:
      'host edge {\n  interface a { address 172.16.0.1/12 }\n  interface b { address 192.168.0.1/16 }\n}\nnetwork front { }\n',
    right:
      'host edge {\n  interface a { address 172.16.0.1/12 }\n  interface b { address 192.168.0.1/16 }\n}\nnetwork front { subnet 10.1.0.0/16 }\n',
  },
};

export const addressFamilyTwice: CatalogueEntry = {
  code: 'CTFW2014',
  severity: 'error',
  title: 'an attachment names two addresses of one family',
  explanation: 'A container has at most one IPv4 and one IPv6 address on a network.',
  example: {
    wrong: 'network front { subnet 172.17.0.0/16 }\ncontainer web { attach front 172.17.0.2, 172.17.0.3 }\n',
    right: 'network front { subnet 172.17.0.0/16 }\ncontainer web { attach front 172.17.0.2 }\n',
  },
};

export const noFreeAddress: CatalogueEntry = {
  code: 'CTFW2015',
  severity: 'error',
  title: 'no address is left on a network',
  explanation:
    'Containers get the lowest free host address of the subnet: never its network address, its gateway, its broadcast address, an address written elsewhere in the policy, or one that the lock file gives to another container. Make the subnet larger.',
  example: {
    wrong: 'network front { subnet 172.17.0.0/30 }\ncontainer a { attach front }\ncontainer b { attach front }\n',
    right: 'network front { subnet 172.17.0.0/29 }\ncontainer a { attach front }\ncontainer b { attach front }\n',
  },
};

export const noFreePort: CatalogueEntry = {
  code: 'CTFW2017',
  severity: 'error',
  title: 'no host port is left for a publication that names none',
  explanation:
    "A publication without a host port gets the lowest free port of the host's `auto-ports` range (32768-60999 unless given). Make the range larger, or name the host port.",
  example: {
    wrong:
      'host edge { auto-ports 49000-49001 }\nnetwork front { subnet 172.17.0.0/16 }\ncontainer web { attach front; publish 127.0.0.1::80-82 }\n',
    right:
      'host edge { auto-ports 49000-49900 }\nnetwork front { subnet 172.17.0.0/16 }\ncontainer web { attach front; publish 127.0.0.1::80-82 }\n',
  },
};

export const publishFamilyMissing: CatalogueEntry = {
  code: 'CTFW2018',
  severity: 'error',
  title: 'a publication names an address of a family that the container does not have',
  explanation:
    'IPv4 is translated to IPv4 and IPv6 to IPv6, so a publication on an IPv6 address needs an IPv6 address of the container, on its first attached network that is not internal.',
  example: {
    wrong: 'network front { subnet 172.17.0.0/16 }\ncontainer web { attach front; publish [2001:db8::1]:8080:80 }\n',
    right:
      'network front { subnet 172.17.0.0/16, fd00:17::/64 }\ncontainer web { attach front; publish [2001:db8::1]:8080:80 }\n',
  },
};

export const publishWithoutNetwork: CatalogueEntry = {
  code: 'CTFW2019',
  severity: 'error',
  title: 'a container publishes a port but has no network of its own',
  explanation:
    "Publishing translates a host port to the container's address on a network. A container in mode `host` opens its ports on the host itself, one in mode `container:X` shares the addresses of X (publish there), one in mode `none` or without an attachment has none.",
  example: {
    wrong: 'container agent { network host; publish 8080:80 }\n',
    right: 'container agent { network host; expose 80 }\n',
  },
};

export const publishInternalOnly: CatalogueEntry = {
  code: 'CTFW2020',
  severity: 'error',
  title: 'a container publishes a port but has only internal networks',
  explanation:
    "A published port goes to the container's first attached network that is not `internal`, and nothing outside talks to an internal network. Attach the container to another network as well.",
  example: {
    wrong:
      'network back { subnet 172.18.0.0/16; internal }\ncontainer db { attach back; publish 127.0.0.1:5432:5432 }\n',
    right: 'network back { subnet 172.18.0.0/16 }\ncontainer db { attach back; publish 127.0.0.1:5432:5432 }\n',
  },
};

export const modeAndAttach: CatalogueEntry = {
  code: 'CTFW2021',
  severity: 'error',
  title: 'a container has a network mode and is attached to a network',
  explanation:
    '`network host`, `network none` and `network container:X` say that the container has no networks of its own; `attach` gives it one. Keep one of the two.',
  example: {
    wrong: 'network front { subnet 172.17.0.0/16 }\ncontainer web { network host; attach front }\n',
    right: 'network front { subnet 172.17.0.0/16 }\ncontainer web { attach front }\n',
  },
};

export const sharedWithItself: CatalogueEntry = {
  code: 'CTFW2022',
  severity: 'error',
  title: "containers share each other's network in a circle",
  explanation:
    '`network container:X` uses the addresses of X. A chain of such references must end at a container that has a network of its own, or mode `host` or `none`.',
  example: {
    wrong: 'container a { network container:b }\ncontainer b { network container:a }\n',
    right: 'container a { network container:b }\ncontainer b { network none }\n',
  },
};

export const freePortTwice: CatalogueEntry = {
  code: 'CTFW2023',
  severity: 'error',
  title: 'a container publishes a port twice without naming the host port',
  explanation:
    'The lock file keeps the host port by container, address and container port, so two publications of the same port could not be told apart. Remove one, or name its host port.',
  example: {
    wrong:
      'network front { subnet 172.17.0.0/16 }\ncontainer web { attach front; publish 127.0.0.1::80; publish 127.0.0.1::80 }\n',
    right: 'network front { subnet 172.17.0.0/16 }\ncontainer web { attach front; publish 127.0.0.1::80 }\n',
  },
};

export const publishAllOfNothing: CatalogueEntry = {
  code: 'CTFW2024',
  severity: 'warning',
  title: '`publish all` publishes nothing',
  explanation:
    '`publish all` publishes each exposed port that the container does not publish otherwise. There is none: say what it serves with `expose`.',
  example: {
    wrong: 'network front { subnet 172.17.0.0/16 }\ncontainer web { attach front; publish all }\n',
    right:
      'host edge { loopback-publish on }\nnetwork front { subnet 172.17.0.0/16 }\ncontainer web { attach front; expose 80/tcp; publish all }\n',
  },
};

export const networkWithoutHost: CatalogueEntry = {
  code: 'CTFW2025',
  severity: 'error',
  title: 'a policy with several hosts does not say which one is meant',
  explanation:
    'With several `host` blocks every network says where it is (`network front on edge { ... }`), and so does a container in mode `host` (`container agent on edge { network host }`).',
  example: {
    wrong: 'host a { }\nhost b { }\nnetwork front { subnet 172.17.0.0/16 }\n',
    right: 'host a { }\nhost b { }\nnetwork front on a { subnet 172.17.0.0/16 }\n',
  },
};

export const containerOnNoHost: CatalogueEntry = {
  code: 'CTFW2036',
  severity: 'error',
  title: 'a container is on a network that its host does not have',
  explanation:
    'A container runs on one host, and all of its networks must be there. Without `on` it runs on the first host that has all of them.',
  example: {
    wrong:
      'host a { }\nhost b { }\nnetwork front on a { subnet 172.17.0.0/16 }\nnetwork back on b { subnet 172.18.0.0/16 }\ncontainer web { attach front; attach back }\n',
    right:
      'host a { }\nhost b { }\nnetwork front on a { subnet 172.17.0.0/16 }\nnetwork back on a { subnet 172.18.0.0/16 }\ncontainer web on a { attach front; attach back }\n',
  },
};

export const lanWithoutSubnet: CatalogueEntry = {
  code: 'CTFW2026',
  severity: 'error',
  title: 'a network on the LAN does not say its subnet',
  explanation:
    'A `physical` or `macvlan` network is the LAN behind its NIC, whose subnet exists already: it cannot be chosen freely.',
  example: {
    wrong: 'network lan { physical br0 on eno1 }\n',
    right: 'network lan { physical br0 on eno1; subnet 192.168.1.0/24; gateway 192.168.1.1 }\n',
  },
};

export const networkKindTwice: CatalogueEntry = {
  code: 'CTFW2027',
  severity: 'error',
  title: 'a network is of two kinds',
  explanation: 'A network is one of `bridge`, `switch`, `physical` and `macvlan`.',
  example: {
    wrong: 'network front { subnet 172.17.0.0/16; bridge docker0; switch ovs1 }\n',
    right: 'network front { subnet 172.17.0.0/16; bridge docker0 }\n',
  },
};

export const containerWithoutNetwork: CatalogueEntry = {
  code: 'CTFW2028',
  severity: 'warning',
  title: 'a container is on no network',
  explanation:
    'Nothing attaches the container to a network and it has no network mode, so it has no addresses. Attach it, or say `network none` if that is meant.',
  example: {
    wrong: 'container web { expose 80/tcp }\n',
    right: 'container web { network none }\n',
  },
};

export const routeFamilies: CatalogueEntry = {
  code: 'CTFW2029',
  severity: 'error',
  title: 'a route goes through a gateway of the other family',
  explanation: 'The destination of a route and its gateway are both IPv4 or both IPv6.',
  example: {
    wrong: 'host edge { route 10.0.0.0/8 via 2001:db8::1 }\n',
    right: 'host edge { route 10.0.0.0/8 via 192.168.1.1 }\n',
  },
};

export const aliasOffNetwork: CatalogueEntry = {
  code: 'CTFW2030',
  severity: 'error',
  title: 'an alias is for a network that the container is not attached to',
  explanation: 'An alias is a name of the container on one of its networks. Attach the container, or leave out `on`.',
  example: {
    wrong:
      'network front { subnet 172.17.0.0/16 }\nnetwork back { subnet 172.18.0.0/16 }\ncontainer web { attach front; alias www on back }\n',
    right:
      'network front { subnet 172.17.0.0/16 }\nnetwork back { subnet 172.18.0.0/16 }\ncontainer web { attach front; alias www on front }\n',
  },
};

export const lockFormat: CatalogueEntry = {
  code: 'CTFW2041',
  severity: 'error',
  title: 'the lock file is not one that this version can read',
  explanation:
    'A lock file begins with the line `ctfw-lock 1`. Another number means that another version of ctfw wrote it; another text means that it is no lock file.',
  example: undefined,
};

export const lockConflict: CatalogueEntry = {
  code: 'CTFW2042',
  severity: 'error',
  title: 'the lock file holds an unresolved merge conflict',
  explanation:
    'Both sides of a merge gave something out. Keep the lines of both and remove the markers; where both say something about the same thing, keep one of the two lines.',
  example: undefined,
};

export const lockLine: CatalogueEntry = {
  code: 'CTFW2043',
  severity: 'error',
  title: 'a line of the lock file cannot be understood',
  explanation:
    'The lines are `subnet NETWORK ipv4 PREFIX`, `address NETWORK CONTAINER ADDRESS` and `port CONTAINER ADDRESS-OR-* PROTOCOL CONTAINER-PORT HOST-PORT`. A line is never dropped silently, since what it locked would move: mend it, or delete it if the thing may get another value.',
  example: undefined,
};

export const lockDuplicate: CatalogueEntry = {
  code: 'CTFW2044',
  severity: 'error',
  title: 'two lines of the lock file are about the same thing',
  explanation: 'Which of the two counts? Delete the line that is not in use.',
  example: undefined,
};

export const lockSharedValue: CatalogueEntry = {
  code: 'CTFW2045',
  severity: 'warning',
  title: 'the lock file gives one address or port to two containers',
  explanation:
    'This happens when two branches gave out the next free value and were merged. The container that the policy names first keeps it, the other one gets a new one.',
  example: undefined,
};

export const nameEntries: readonly CatalogueEntry[] = [
  duplicateName,
  unknownName,
  wrongKind,
  saidTwice,
  unknownService,
  unknownIcmpType,
  containsItself,
  subnetHostBits,
  subnetFamilyTwice,
  subnetTooSmall,
  gatewayOutsideSubnet,
  noFreeSubnet,
  addressFamilyTwice,
  noFreeAddress,
  noFreePort,
  publishFamilyMissing,
  publishWithoutNetwork,
  publishInternalOnly,
  modeAndAttach,
  sharedWithItself,
  freePortTwice,
  publishAllOfNothing,
  networkWithoutHost,
  lanWithoutSubnet,
  networkKindTwice,
  containerWithoutNetwork,
  routeFamilies,
  aliasOffNetwork,
  containerOnNoHost,
  lockFormat,
  lockConflict,
  lockLine,
  lockDuplicate,
  lockSharedValue,
];
