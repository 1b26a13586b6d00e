/** Network modes: attached to networks, the host's own network, none, or that of another container. */
import { containerWithoutNetwork, modeAndAttach, sharedWithItself } from '../diagnostics/catalogue/names.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import type { ContainerBlock, NetworkModeItem } from '../syntax/tree.ts';
import type { Lookup } from './lookup.ts';
import type { ContainerMode } from './model.ts';
import { single } from './single.ts';

type OnDiagnostic = (diagnostic: Diagnostic) => void;

/**
 * The mode of every container, `shared` with the end of its chain. A container whose mode has an error counts as attached
 * (to nothing), so that nothing further is said about it. `connected` are the containers that a `connect` gives addresses.
 */
export function resolveModes(
  containers: readonly ContainerBlock[],
  connected: ReadonlySet<string>,
  lookup: Lookup,
  onDiagnostic: OnDiagnostic,
): ReadonlyMap<string, ContainerMode> {
  const modes = new Map<string, ContainerMode>();
  const sharing = new Map<string, { readonly item: NetworkModeItem; readonly target: string }>();
  for (const block of containers) {
    const item = single(block.items, 'network-mode', onDiagnostic);
    const attach = block.items.find((entry) => entry.kind === 'attach');
    if (item !== undefined && attach !== undefined)
      onDiagnostic(
        report(
          modeAndAttach,
          attach.span,
          `\`${block.name.text}\` has ${modeText(item)}, so it cannot be attached to a network`,
          {
            related: [{ span: item.span, message: 'the mode is given here' }],
            help: 'keep one of the two',
          },
        ),
      );
    if (item === undefined) {
      if (attach === undefined && !connected.has(block.name.text)) reportNoNetwork(block, onDiagnostic);
      modes.set(block.name.text, { kind: 'attached' });
    } else if (item.mode !== 'container') modes.set(block.name.text, { kind: item.mode });
    else {
      const target =
        item.container && lookup.subject(item.container, ['container'], '`network container:` takes a container');
      if (target !== undefined) sharing.set(block.name.text, { item, target: target.name.text });
      else modes.set(block.name.text, { kind: 'attached' });
    }
  }
  for (const name of sharing.keys()) followSharing(name, sharing, modes, onDiagnostic);
  return modes;
}

/** Settles every container on the chain that starts at `name`; each chain is walked once. */
function followSharing(
  name: string,
  sharing: ReadonlyMap<string, { readonly item: NetworkModeItem; readonly target: string }>,
  modes: Map<string, ContainerMode>,
  onDiagnostic: OnDiagnostic,
): void {
  const chain: string[] = [];
  const seen = new Set<string>();
  let current = name;
  for (let next = sharing.get(current); next !== undefined && !modes.has(current); next = sharing.get(current)) {
    if (seen.has(current)) {
      const circle = chain.slice(chain.indexOf(current));
      const path = [...(circle.length > 6 ? [...circle.slice(0, 5), '...'] : circle), current].join(' -> ');
      onDiagnostic(
        report(sharedWithItself, next.item.span, `\`${current}\` shares its own network in a circle: ${path}`, {
          related: circle
            .slice(1, 6)
            .flatMap((member) => sharing.get(member) ?? [])
            .map(({ item }) => ({ span: item.span, message: 'through this one' })),
        }),
      );
      for (const member of chain) modes.set(member, { kind: 'attached' });
      return;
    }
    seen.add(current);
    chain.push(current);
    current = next.target;
  }
  const end = modes.get(current);
  const owner = end?.kind === 'shared' ? end.container : current;
  for (const member of chain) modes.set(member, { kind: 'shared', container: owner });
}

function modeText(item: NetworkModeItem): string {
  return `\`network ${item.mode === 'container' ? `container:${item.container?.text ?? ''}` : item.mode}\``;
}

function reportNoNetwork(block: ContainerBlock, onDiagnostic: OnDiagnostic): void {
  onDiagnostic(
    report(containerWithoutNetwork, block.name.span, `\`${block.name.text}\` is on no network, so it has no address`, {
      help: 'attach it to a network, or say `network none`',
    }),
  );
}
