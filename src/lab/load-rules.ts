/** Loads rules into the host under test with the tools that would load them on a real one. */
import type { CommandResult } from './agent-protocol.ts';
import type { NamespaceName } from './topology.ts';

export type Rules =
  /** A document for `nft -j -f`. */
  | { readonly kind: 'nft-json'; readonly text: string }
  /** A script for `nft -f`. */
  | { readonly kind: 'nft'; readonly text: string }
  /** Files for iptables-restore, ip6tables-restore and ebtables-restore, loaded beside what is there; empty parts are left out. */
  | {
      readonly kind: 'iptables';
      readonly variant: IptablesVariant;
      readonly v4: string;
      readonly v6: string;
      readonly bridge: string;
    };

/** Who runs them: nf_tables, or the older x_tables. */
export type IptablesVariant = 'nft' | 'legacy';

export type LoadResult = { readonly loaded: true } | { readonly loaded: false; readonly message: string };

/** Loads rules; the first tool that refuses its part ends it, with what that tool says. */
export async function loadRules(
  exec: (
    namespace: NamespaceName,
    command: readonly string[],
    options: { readonly input: string },
  ) => Promise<CommandResult>,
  rules: Rules,
  namespace: NamespaceName,
): Promise<LoadResult> {
  for (const [command, input] of commandsFor(rules)) {
    const { status, stdout, stderr } = await exec(namespace, command, { input });
    if (status !== 0) return { loaded: false, message: (stderr + stdout).trim() };
  }
  return { loaded: true };
}

function commandsFor(rules: Rules): readonly (readonly [command: readonly string[], input: string])[] {
  switch (rules.kind) {
    case 'nft-json':
      return [[['nft', '-j', '-f', '-'], rules.text]];
    case 'nft':
      return [[['nft', '-f', '-'], rules.text]];
    case 'iptables': {
      // The older ebtables cannot load beside what is there, and many kernels lack it: bridges are always nf_tables.
      const all = [
        [[`iptables-${rules.variant}-restore`, '--noflush'], rules.v4],
        [[`ip6tables-${rules.variant}-restore`, '--noflush'], rules.v6],
        [['ebtables-nft-restore', '--noflush'], rules.bridge],
      ] as const;
      return all.filter(([, text]) => text !== '');
    }
  }
}
