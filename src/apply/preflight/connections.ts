/** Connections that a policy forbids, or would now translate otherwise: they outlive a change of rules unless they are removed [83]. */
import type { Connection } from '../../host/gather/gathered.ts';
import { sameAddress } from '../../net/address.ts';
import { placeOfDestination, placeOfSource } from '../../policy/atlas.ts';
import { decide, type Meaning } from '../../policy/decide.ts';
import type { Flow } from '../../policy/flow.ts';
import type { ConnectionChange } from '../plan/plan.ts';

/** `inForce` false: no rules will be in force any more, so only what those of this policy translated is touched. */
export function connectionsToRemove(
  meaning: Meaning,
  connections: readonly Connection[],
  inForce = true,
): readonly ConnectionChange[] {
  return connections.flatMap((connection) => {
    const standing = standingOf(meaning, connection);
    if (inForce) return standing.kind === 'against' ? [{ connection, why: standing.why }] : [];
    const loses = standing.kind === 'as-meant' && isTranslated(connection);
    return loses ? [{ connection, why: 'nobody translates it any more' }] : [];
  });
}

/** How a connection stands to a policy. */
type Standing =
  | { readonly kind: 'against'; readonly why: string }
  /** Allowed, and translated just as the policy does. */
  | { readonly kind: 'as-meant' }
  | { readonly kind: 'not-ours' };

function standingOf(meaning: Meaning, connection: Connection): Standing {
  const flow = flowOf(meaning, connection);
  if (flow === undefined) return { kind: 'not-ours' };
  const decision = decide(meaning, flow);
  if (decision.verdict !== 'allowed') return { kind: 'against', why: decision.because.text };
  if (!concernsUs(meaning, flow, connection)) return { kind: 'not-ours' };
  const { reply } = connection;
  const destinationMoves =
    !sameAddress(reply.source, decision.destination) ||
    (reply.sourcePort !== undefined &&
      decision.destinationPort !== undefined &&
      reply.sourcePort !== decision.destinationPort);
  if (destinationMoves) return { kind: 'against', why: 'it would go elsewhere now' };
  const sourceMoves = decision.source !== undefined && !sameAddress(reply.destination, decision.source);
  return sourceMoves ? { kind: 'against', why: 'it would have another source now' } : { kind: 'as-meant' };
}

function isTranslated({ original, reply }: Connection): boolean {
  return (
    !sameAddress(original.destination, reply.source) ||
    !sameAddress(original.source, reply.destination) ||
    original.destinationPort !== reply.sourcePort
  );
}

/** Conntrack does not say where a packet came in: where the answer goes, as far as the host can tell. */
function flowOf({ atlas }: Meaning, { protocol, original }: Connection): Flow | undefined {
  const route = atlas.routing.lookup(original.source);
  if (route === undefined) return undefined;
  return {
    arrivesBy: route === 'local' ? undefined : route.interface,
    source: original.source,
    destination: original.destination,
    protocol,
    sourcePort: original.sourcePort,
    destinationPort: original.destinationPort,
    icmpType: original.type,
  };
}

/** Translations of others are theirs: ours are those from and to networks of the policy. */
function concernsUs({ atlas }: Meaning, flow: Flow, { reply }: Connection): boolean {
  const places = [
    placeOfSource(atlas, flow.source, flow.arrivesBy),
    placeOfDestination(atlas, flow.destination),
    placeOfDestination(atlas, reply.source),
  ];
  return places.some(({ kind }) => kind === 'endpoint' || kind === 'network');
}
