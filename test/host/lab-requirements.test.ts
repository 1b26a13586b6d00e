import { expect, test } from 'vitest';
import { gatherLabFacts, type LabFacts, missingForLab } from '../../src/host/lab-requirements.ts';

const everything: LabFacts = {
  linux: true,
  mayMakeNamespaces: false,
  userNamespaces: 1000,
  userNamespacesForbiddenBy: undefined,
  python3: true,
  nft: true,
  ipv6: true,
  brNetfilter: true,
  openVSwitch: true,
  vlanFiltering: undefined,
  macvlan: true,
};

test.each([
  ['nothing', {}, {}, []],
  ['nothing for root, whatever users may do', { mayMakeNamespaces: true, userNamespaces: 0 }, {}, []],
  [
    'privilege',
    { userNamespaces: 0 },
    {},
    ['The lab needs root or user namespaces; this user is not root, and the kernel allows no user namespaces.'],
  ],
  [
    'a kernel with user namespaces',
    { userNamespaces: undefined },
    {},
    ['The lab needs root or user namespaces; this user is not root, and the kernel allows no user namespaces.'],
  ],
  [
    'permission',
    { userNamespacesForbiddenBy: 'kernel.unprivileged_userns_clone=0' },
    {},
    [
      'The lab needs root or user namespaces; this user is not root, and kernel.unprivileged_userns_clone=0 forbids user namespaces.',
    ],
  ],
  [
    'both tools',
    { python3: false, nft: false },
    {},
    [
      'The lab needs python3 (3.8 or newer, standard library only); it is not on the PATH.',
      'The lab needs nft (nftables 1.0 or newer); it is not on the PATH.',
    ],
  ],
  ['IPv6', { ipv6: false }, {}, ['The lab needs IPv6 in the kernel; it was started with IPv6 disabled.']],
  ['nothing, as this lab does without the module', { brNetfilter: false }, {}, []],
  ['nothing, as this policy has no switch', { openVSwitch: false }, {}, []],
  ['nothing, as bridges filter VLANs', { openVSwitch: false, vlanFiltering: true }, { switches: true }, []],
  [
    'Open vSwitch',
    { openVSwitch: false },
    { switches: true },
    [
      'The lab needs Open vSwitch for the switches of this policy (Debian and Ubuntu: openvswitch-switch); its programs are not on the PATH, and bridges of this kernel are not known to filter VLANs.',
    ],
  ],
  ['nothing, as this policy does without macvlan', { macvlan: false }, {}, []],
  ['nothing, as the kernel may have it', { macvlan: undefined }, { macvlan: true }, []],
  [
    'macvlan',
    { macvlan: false },
    { macvlan: true },
    ['The lab needs macvlan devices for this policy; this kernel has none (CONFIG_MACVLAN).'],
  ],
  [
    'the module',
    { brNetfilter: false },
    { brNetfilter: true },
    ['The lab needs the kernel module br_netfilter for this test; load it with `modprobe br_netfilter`.'],
  ],
  ['Linux', { linux: false, nft: false }, {}, ['The lab needs Linux: it builds the network in kernel namespaces.']],
] as const)('what is missing: %s', (_, facts, needs, expected) => {
  expect(missingForLab(needs, { ...everything, ...facts })).toEqual(expected);
});

test('the facts of this machine are gathered without starting anything', () => {
  const facts = gatherLabFacts();
  expect(facts.linux).toBe(process.platform === 'linux');
  expect(Object.keys(facts).sort()).toEqual(Object.keys(everything).sort());
});
