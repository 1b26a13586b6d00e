/** What is found before rules are applied to a host: what stands in the way, and what the user should know. */
import type { CatalogueEntry } from '../entry.ts';

const entry = (
  code: CatalogueEntry['code'],
  severity: CatalogueEntry['severity'],
  title: string,
  ...explanation: readonly string[]
): CatalogueEntry => ({ code, severity, title, explanation: explanation.join('\n'), example: undefined });

export const interfaceMissing = entry(
  'CTFW7101',
  'error',
  'the host has no such interface',
  'A rule that names an interface which does not exist matches nothing: what a zone or the host itself says about it is then not held.',
  'Name the interface as `ip link` does, or apply on the host that has it.',
);

export const bridgeMissing = entry(
  'CTFW7102',
  'warning',
  'the bridge of a network does not exist yet',
  'The rules are by name and hold as soon as the bridge is there. Until then nobody is behind it.',
);

export const addressMissing = entry(
  'CTFW7103',
  'warning',
  'an address that the policy declares is not on the host',
  'Publications on this address answer nobody, and the policy takes packets to it for packets to the host.',
  'Give the interface the address, or change the policy.',
);

export const foreignRule = entry(
  'CTFW7104',
  'error',
  'rules of somebody else decide otherwise than the policy',
  'Rules of all tools are in force at once: a packet has to pass every base chain of a hook, and the first translation wins.',
  'A packet of the policy was sent through all rules together, those of the host and ours; the rule that is named decided otherwise',
  'than the policy says. Change or remove that rule, or say in the policy what it does.',
);

export const foreignTranslation = entry(
  'CTFW7105',
  'error',
  'somebody else translates addresses of a network of the policy',
  'Two owners of the translation of one network cannot both be right: which of them is asked first depends on the order in which they',
  'were started. Either the network is left to the other one (`unmanaged` in the policy), or that one leaves it to ctfw.',
);

export const shadowedListener = entry(
  'CTFW7106',
  'warning',
  'a program of the host listens on a published port',
  'The publication translates packets before they reach the program: from outside, the container answers and the program is never asked.',
);

export const hairpinOff = entry(
  'CTFW7107',
  'warning',
  'hairpin mode is off where a container uses a published port of its own network',
  'With br_netfilter a packet that is translated back into its own bridge is bridged, not routed. Where it goes back out of the port that it',
  'came in by (a container that uses its own publication), the bridge drops it unless hairpin mode is on for the port:',
  '`bridge link set dev PORT hairpin on`.',
);

export const settingNeeded = entry(
  'CTFW7108',
  'error',
  'a kernel setting is not as the policy needs it',
  'Without it, what the policy allows does not work. `--set-sysctls` sets it together with the rules and takes it back with them; or set it',
  'yourself with the command that is shown.',
);

export const forwardingNeedsTransit = entry(
  'CTFW7109',
  'error',
  'turning on forwarding makes a router of this host, and the policy does not say whether it may',
  'With forwarding on, the kernel passes packets between all interfaces, also those that have nothing to do with containers.',
  'Write `transit off` into the host block to block traffic between outside interfaces, or `transit on` to leave it alone.',
);

export const routerAdvertisements = entry(
  'CTFW7110',
  'warning',
  'with IPv6 forwarding on, the kernel no longer listens to router advertisements',
  'An interface whose `accept_ra` is 1 stops taking its address and default route from them when forwarding is turned on. `accept_ra` 2 keeps them:',
  '`sysctl -w net.ipv6.conf.INTERFACE.accept_ra=2`.',
);

export const bridgedTrafficUnjudged = entry(
  'CTFW7111',
  'warning',
  'bridged traffic cannot be judged, so it is dropped',
  'The host has no br_netfilter, or it is switched off. Traffic inside a network with `icc off` or with a deny inside is then dropped',
  'altogether, links included. `modprobe br_netfilter` and `sysctl -w net.bridge.bridge-nf-call-iptables=1` show it to the rules.',
);

export const operatorUnknown = entry(
  'CTFW7112',
  'error',
  'nobody knows from where you are logged in',
  'Whether you can still get in afterwards can only be tried for an address. Name it with `--operator ADDRESS`, or say with `--allow-lockout` that',
  'it does not matter (there is a console, or this runs unattended). An address of this host, or of a container on it, is where a tunnel ends:',
  'it does not say where you are. Nor does a port that nobody listens on: name it with `--operator-port PORT`.',
);

export const operatorLockedOut = entry(
  'CTFW7113',
  'error',
  'you could not log in again',
  'A new connection from where you are logged in to the port that you used was tried against the rules as they will be, together with those',
  'of others on the host, and it does not get through. Allow it in the policy, or say `--allow-lockout` and confirm from elsewhere in time.',
);

export const notGathered = entry(
  'CTFW7114',
  'error',
  'a part of the host could not be read',
  'What cannot be read cannot be judged: the plan would be about another host than this one.',
);

export const kernelRefuses = entry(
  'CTFW7115',
  'error',
  'the kernel does not take these rules',
  'The rules were handed to the kernel to be checked only (`nft -c`). A kernel without a feature that the rules need refuses them whole.',
);

export const notProved = entry(
  'CTFW7116',
  'warning',
  'the rules were not proved to be the policy',
  'Expectations were judged by the meaning of the policy, and packets of it were tried against the rules; no proof was asked for or possible.',
);

export const operatorThroughTunnel = entry(
  'CTFW7117',
  'warning',
  'you are logged in through a tunnel of this host',
  'A new connection through the tunnel passes, but the tunnel itself (WireGuard, OpenVPN, GRE) arrives as packets of its own on another interface,',
  'and these were not tried. Where the policy stops them, the tunnel dies and the login with it.',
);

export const otherTargetInForce = entry(
  'CTFW7118',
  'error',
  'rules of ctfw for another target are on the host',
  'Rules for nftables and for iptables do not replace each other: a packet would have to pass both, and what only one of them allows is dropped.',
  '`ctfw rollback 0` takes away what `ctfw apply` has loaded; what was loaded by hand is taken over by an apply for its own target before that.',
);

export const unknownRules = entry(
  'CTFW7119',
  'warning',
  'rules of ctfw are loaded that the state directory knows nothing of',
  'They were loaded by hand, or by an apply with another state directory, and are replaced. Rules are never put back from a listing, so these cannot',
  'come back: unless the change is confirmed, new connections are locked out but for logins, since leaving no rules would open what they closed.',
);

export const othersLockedOut = entry(
  'CTFW7120',
  'warning',
  'others who are logged in could not log in again',
  'They have connections to the port that you log in to, and a new one from the same address does not get through the rules as they will be.',
  'Connections that the policy forbids end with the change, theirs included.',
);

export const applyEntries: readonly CatalogueEntry[] = [
  interfaceMissing,
  bridgeMissing,
  addressMissing,
  foreignRule,
  foreignTranslation,
  shadowedListener,
  hairpinOff,
  settingNeeded,
  forwardingNeedsTransit,
  routerAdvertisements,
  bridgedTrafficUnjudged,
  operatorUnknown,
  operatorLockedOut,
  notGathered,
  kernelRefuses,
  notProved,
  operatorThroughTunnel,
  otherTargetInForce,
  unknownRules,
  othersLockedOut,
];
