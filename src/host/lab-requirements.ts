/** What a machine needs for the kernel lab, and what of it is missing. Looks at files only: nothing is started. */
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What is known about a machine, as far as the lab depends on it. */
export interface LabFacts {
  readonly linux: boolean;
  /** Whether this process may make namespaces without a user namespace (CAP_SYS_ADMIN). */
  readonly mayMakeNamespaces: boolean;
  /** How many user namespaces may exist (0: none); undefined where the kernel has none. */
  readonly userNamespaces: number | undefined;
  /** Names of sysctls that forbid user namespaces to this user, with their values. */
  readonly userNamespacesForbiddenBy: string | undefined;
  readonly python3: boolean;
  readonly nft: boolean;
  readonly ipv6: boolean;
  readonly brNetfilter: boolean;
  readonly openVSwitch: boolean;
  /** Whether bridges filter VLANs; undefined where the kernel does not say. */
  readonly vlanFiltering: boolean | undefined;
  /** Undefined: what can be read does not say, or nobody asked. */
  readonly macvlan: boolean | undefined;
}

export interface LabNeeds {
  /** The lab switches br_netfilter on for the host under test. */
  readonly brNetfilter?: boolean;
  /** The policy has switches. */
  readonly switches?: boolean;
  /** The policy has a macvlan network. */
  readonly macvlan?: boolean;
}

/** One sentence for everything that is missing; empty: a lab can be built here. */
export function missingForLab(needs: LabNeeds = {}, facts: LabFacts = gatherLabFacts(needs)): readonly string[] {
  if (!facts.linux) return ['The lab needs Linux: it builds the network in kernel namespaces.'];
  const missing: string[] = [];
  if (!facts.mayMakeNamespaces) missing.push(...missingNamespaces(facts));
  if (!facts.python3)
    missing.push('The lab needs python3 (3.8 or newer, standard library only); it is not on the PATH.');
  if (!facts.nft) missing.push('The lab needs nft (nftables 1.0 or newer); it is not on the PATH.');
  if (!facts.ipv6) missing.push('The lab needs IPv6 in the kernel; it was started with IPv6 disabled.');
  if (needs.brNetfilter === true && !facts.brNetfilter) {
    missing.push('The lab needs the kernel module br_netfilter for this test; load it with `modprobe br_netfilter`.');
  }
  if (needs.switches === true && !facts.openVSwitch && facts.vlanFiltering !== true) {
    missing.push(
      'The lab needs Open vSwitch for the switches of this policy (Debian and Ubuntu: openvswitch-switch); its programs are not on the PATH, and bridges of this kernel are not known to filter VLANs.',
    );
  }
  if (needs.macvlan === true && facts.macvlan === false)
    missing.push('The lab needs macvlan devices for this policy; this kernel has none (CONFIG_MACVLAN).');
  return missing;
}

function missingNamespaces(facts: LabFacts): string[] {
  if (facts.userNamespaces === undefined || facts.userNamespaces === 0) {
    return ['The lab needs root or user namespaces; this user is not root, and the kernel allows no user namespaces.'];
  }
  if (facts.userNamespacesForbiddenBy !== undefined) {
    return [
      `The lab needs root or user namespaces; this user is not root, and ${facts.userNamespacesForbiddenBy} forbids user namespaces.`,
    ];
  }
  return [];
}

/** The facts about the machine that this process runs on. */
export function gatherLabFacts(needs: LabNeeds = {}): LabFacts {
  return {
    linux: process.platform === 'linux',
    mayMakeNamespaces: hasSystemAdministration(readText('/proc/self/status')),
    userNamespaces: readNumber('/proc/sys/user/max_user_namespaces'),
    userNamespacesForbiddenBy: forbiddingSysctl(),
    python3: onPath('python3'),
    nft: onPath('nft'),
    ipv6: readText('/proc/net/if_inet6') !== undefined,
    brNetfilter: readText('/proc/sys/net/bridge/bridge-nf-call-iptables') !== undefined,
    openVSwitch: ['ovsdb-tool', 'ovsdb-server', 'ovs-vswitchd', 'ovs-vsctl'].every(onPath),
    vlanFiltering: kernelOption('CONFIG_BRIDGE_VLAN_FILTERING'),
    macvlan: needs.macvlan === true ? hasMacvlan() : undefined, // reads megabytes
  };
}

/** Whether the kernel was built with an option, where its configuration can be read. */
function kernelOption(name: string): boolean | undefined {
  const release = readText('/proc/sys/kernel/osrelease')?.trim();
  const text = readText(`/boot/config-${release}`);
  return text === undefined ? undefined : new RegExp(`^${name}=[ym]$`, 'm').test(text);
}

/** Built in or loaded it has symbols; as a module that the kernel loads by itself it is on the list of modules. */
function hasMacvlan(): boolean | undefined {
  const symbols = readText('/proc/kallsyms');
  if (symbols?.includes(' macvlan_common_newlink') === true) return true;
  const release = readText('/proc/sys/kernel/osrelease')?.trim() ?? '';
  const modules = readText(`/lib/modules/${release}/modules.dep`);
  if (modules?.includes('/macvlan.ko') === true) return true;
  return symbols === undefined || modules === undefined ? undefined : false;
}

/** CAP_SYS_ADMIN is bit 21 of the effective capabilities (capabilities(7)). */
function hasSystemAdministration(status: string | undefined): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(status ?? '')?.[1];
  return mask !== undefined && (BigInt(`0x${mask}`) >> 21n) % 2n === 1n;
}

function forbiddingSysctl(): string | undefined {
  if (readNumber('/proc/sys/kernel/unprivileged_userns_clone') === 0) return 'kernel.unprivileged_userns_clone=0';
  if (readNumber('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === 1) {
    return 'kernel.apparmor_restrict_unprivileged_userns=1';
  }
  return undefined;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function readNumber(path: string): number | undefined {
  const text = readText(path)?.trim();
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Where nft often is, and where the PATH of an ordinary user does not look; the agent looks there too. */
const administrationFolders: readonly string[] = ['/usr/sbin', '/sbin'];

function onPath(command: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...administrationFolders];
  return folders.some((folder) => {
    if (folder === '') return false;
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
