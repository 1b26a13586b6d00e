/** The installer of each target. */
import type { Target } from '../artifact.ts';
import type { Installer } from './installer.ts';
import { iptablesInstaller } from './iptables.ts';
import { nftablesInstaller } from './nftables.ts';

const installers: Readonly<Record<Target, Installer>> = {
  nftables: nftablesInstaller,
  'iptables-nft': iptablesInstaller,
  'iptables-legacy': iptablesInstaller,
};

export function installerOf(target: Target): Installer {
  return installers[target];
}
