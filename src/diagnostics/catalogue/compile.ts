/** What compile has to say beyond the checks: parts that are not compiled yet (4xxx), expectations that fail (5xxx). */
import type { CatalogueEntry } from '../entry.ts';

export const notCompiled: CatalogueEntry = {
  code: 'CTFW4001',
  severity: 'error',
  title: 'Not compiled',
  explanation:
    'Each word of the statement is part of the language, but together they have no meaning that rules could keep: `internal` and `spoofing allowed` on a LAN, ' +
    'whose machines count as the network; `vlan` without a `switch`; `vxlan` on a switch or a LAN; `connect` between two hosts; `plumb` of a container without a ' +
    'namespace of its own. Nothing is ever compiled to something other than written, so the whole policy is refused.\n\nThe help says how to write what was probably meant.',
  example: {
    wrong: 'network lan {\n  physical br0 on eno1\n  subnet 192.168.1.0/24\n}\n',
    right: 'network lan {\n  bridge br0\n  subnet 192.168.1.0/24\n}\n',
  },
};

export const expectationFails: CatalogueEntry = {
  code: 'CTFW5001',
  severity: 'error',
  title: 'An expectation does not hold',
  explanation:
    'An `expect` statement says what must hold for every packet from its left side to its right side. There is a packet for which the policy says ' +
    'something else; the message shows it. No rules are emitted.\n\nEither the policy is wrong (add or remove an `allow`, `deny` or `publish`), or the expectation is.',
  example: {
    wrong:
      'network front { subnet 172.17.0.0/16 }\ncontainer web { attach front 172.17.0.2 }\ncontainer db { attach front 172.17.0.3 }\nexpect web -> db 5432/tcp blocked\n',
    right:
      'network front { subnet 172.17.0.0/16; icc off }\ncontainer web { attach front 172.17.0.2 }\ncontainer db { attach front 172.17.0.3 }\nexpect web -> db 5432/tcp blocked\n',
  },
};

export const expectationCoversNothing: CatalogueEntry = {
  code: 'CTFW5002',
  severity: 'warning',
  title: 'An expectation covers no packet',
  explanation:
    'No packet can go from the left side of the `expect` statement to its right side as the statement describes it (the sides have no address family in ' +
    'common, say, or nothing of that kind is allowed at all), so it holds whatever the policy says.',
  example: {
    wrong: 'zone office = 192.168.1.0/24\nzone lab = fd00:1::/64\nexpect office -> lab 22/tcp blocked\n',
    right: 'zone office = 192.168.1.0/24\nzone lab = 192.168.2.0/24\nexpect office -> lab 22/tcp allowed\n',
  },
};

export const rulesRefuted: CatalogueEntry = {
  code: 'CTFW5003',
  severity: 'error',
  title: 'The rules are not what the policy means',
  explanation:
    'Before rules are emitted, they are read again and proved: for every packet they must do exactly what the policy means. Here they do not. The message shows ' +
    'one packet (or a short conversation), what is meant and what happens, as the simulator confirms. No rules are emitted.\n\nThis is a mistake of ctfw, not of the policy: please report it. ' +
    '`--no-prove` emits the rules all the same.',
  example: undefined,
};

export const proofUndecided: CatalogueEntry = {
  code: 'CTFW5004',
  severity: 'error',
  title: 'The rules could not be proved',
  explanation:
    'Whether the rules do what the policy means depends on something that the verifier does not model; the message says on what. No rules are emitted.\n\n' +
    '`--no-prove` emits them all the same.',
  example: undefined,
};

export const compileEntries: readonly CatalogueEntry[] = [
  notCompiled,
  expectationFails,
  expectationCoversNothing,
  rulesRefuted,
  proofUndecided,
];
