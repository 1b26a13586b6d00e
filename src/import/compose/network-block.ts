/** A network of a compose file as a `network` block of a policy. */
import { engineMakesUp } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { NetworkBlock } from '../../syntax/tree.ts';
import { type NetworkDescription, networkItems } from '../engine/network-items.ts';
import type { PolicyNames } from '../reading/policy-names.ts';
import { shorten } from '../reading/shorten.ts';
import type { ComposeNetwork } from './project.ts';
import type { Reading } from './reading.ts';

/** The longest name of a network interface that Linux takes (IFNAMSIZ without the final NUL). */
const maximumInterfaceName = 15;

/** The blocks of all networks, in the order given. */
export function networkBlocks(
  reading: Reading,
  networks: readonly ComposeNetwork[],
  names: PolicyNames,
): readonly NetworkBlock[] {
  const bridges = new Set(networks.flatMap(({ bridge }) => bridge?.text ?? []));
  const blocks = networks.map((network): NetworkBlock => {
    const name = names.networks.get(network.key.text) ?? network.key.text;
    const items = networkItems(described(network));
    const bridge = network.kind === 'bridge' && network.bridge === undefined ? `br-${name}` : undefined;
    if (bridge !== undefined && (bridge.length > maximumInterfaceName || bridges.has(bridge)))
      items.unshift({
        kind: 'bridge',
        name: { text: shortBridge(name, bridges), span: network.span },
        span: network.span,
      });
    else if (bridge !== undefined) bridges.add(bridge);
    return { kind: 'network', name: { text: name, span: network.key.span }, on: [], items, span: network.span };
  });
  reportMadeUp(reading, networks);
  return blocks;
}

/** What it is in the words of the engine, where the default bridge has a name. */
function described(network: ComposeNetwork): NetworkDescription {
  const { kind, bridge, span } = network;
  if (kind === 'default-bridge') return { ...network, kind: 'bridge', bridge: { text: 'docker0', span } };
  return { ...network, kind: kind === 'macvlan' ? 'macvlan' : 'bridge', bridge };
}

/** A free bridge name for a network whose own name is too long for one: its beginning, and a number that follows from all of it. */
function shortBridge(name: string, taken: Set<string>): string {
  for (let attempt = 0; ; attempt++) {
    const digits = checksum(`${name}${attempt === 0 ? '' : attempt}`)
      .toString(16)
      .padStart(8, '0')
      .slice(0, 4);
    const bridge = `br-${name.slice(0, 7)}-${digits}`;
    if (taken.has(bridge)) continue;
    taken.add(bridge);
    return bridge;
  }
}

/** FNV-1a over the UTF-16 units of a text, 32 bits. */
function checksum(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
}

/** Rules are bound to bridges and addresses, so what the engine makes up by itself has to be known to the policy. */
function reportMadeUp(reading: Reading, networks: readonly ComposeNetwork[]): void {
  const open = networks.filter(
    ({ kind, bridge, subnets, external }) =>
      (kind === 'bridge' && external === undefined && (bridge === undefined || subnets.length === 0)) ||
      (kind === 'default-bridge' && subnets.length === 0),
  );
  const [first] = open;
  if (first === undefined) return;
  const listed = open.slice(0, 5).map(({ key }) => `\`${shorten(key.text)}\``);
  const rest = open.length > 5 ? ` and ${open.length - 5} more` : '';
  reading.add(
    report(
      engineMakesUp,
      first.span,
      `The engine makes up bridge names and subnets that are not written, as for ${listed.join(', ')}${rest}; the policy makes up its own.`,
      {
        help: 'Write `com.docker.network.bridge.name` and the subnet in the compose file, or `bridge` and `subnet` in the policy, so that both agree.',
      },
    ),
  );
}
