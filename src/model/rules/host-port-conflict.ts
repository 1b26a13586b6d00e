/** A host port on an address leads to one place. */
import { hostPortConflict } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import { addressKey, type Family, formatAddress } from '../../net/address.ts';
import { formatPortRange, type PortRange } from '../../net/port.ts';
import type { Publication } from '../model.ts';
import type { CheckContext } from './rule.ts';

interface Claim {
  readonly publication: Publication;
  /** Place in the policy: the earlier of two is shown as the first. */
  readonly place: number;
}

export function* checkHostPortConflict({ hosts }: CheckContext): Generator<Diagnostic> {
  for (const { publications } of hosts) {
    const claims = new Map<string, Claim[]>();
    for (const [place, publication] of publications.entries()) {
      if (publication.target.network.gatewayMode === 'routed') continue;
      for (const family of familiesOf(publication)) {
        const key = `${publication.protocol} ${family}`;
        const list = claims.get(key);
        if (list === undefined) claims.set(key, [{ publication, place }]);
        else list.push({ publication, place });
      }
    }
    const reported = new Set<Publication>();
    for (const list of claims.values()) {
      for (const [first, second] of conflicts(list)) {
        if (reported.has(second.publication)) continue;
        reported.add(second.publication);
        yield conflict(first.publication, second.publication);
      }
    }
  }
}

function familiesOf({ listener }: Publication): readonly Family[] {
  return listener.kind === 'all' ? listener.families : [listener.address.family];
}

/**
 * Pairs that hold a port in common, the earlier one first: sweeps over the ports of one protocol and family and keeps, for
 * all addresses together and for each, the publication that reaches furthest. A publication without an address meets
 * every other one, loopback addresses included, as a socket would.
 */
function* conflicts(claims: readonly Claim[]): Generator<readonly [Claim, Claim]> {
  const sorted = [...claims].sort(
    (left, right) => left.publication.hostPorts.first - right.publication.hostPorts.first,
  );
  let anywhere: Claim | undefined;
  let onAll: Claim | undefined;
  const onAddress = new Map<string, Claim>();
  for (const claim of sorted) {
    const { listener } = claim.publication;
    if (listener.kind === 'all') {
      if (anywhere !== undefined && reaches(anywhere, claim)) yield inOrder(anywhere, claim);
      onAll = further(onAll, claim);
    } else {
      const key = addressKey(listener.address);
      const same = onAddress.get(key);
      if (same !== undefined && reaches(same, claim)) yield inOrder(same, claim);
      else if (onAll !== undefined && reaches(onAll, claim)) yield inOrder(onAll, claim);
      onAddress.set(key, further(same, claim));
    }
    anywhere = further(anywhere, claim);
  }
}

function reaches(left: Claim, right: Claim): boolean {
  return left.publication.hostPorts.last >= right.publication.hostPorts.first;
}

function further(left: Claim | undefined, right: Claim): Claim {
  return left === undefined || left.publication.hostPorts.last < right.publication.hostPorts.last ? right : left;
}

function inOrder(left: Claim, right: Claim): readonly [Claim, Claim] {
  return left.place < right.place ? [left, right] : [right, left];
}

function conflict(first: Publication, second: Publication): Diagnostic {
  const shared = commonPorts(first.hostPorts, second.hostPorts);
  const isOne = shared.first === shared.last;
  const ports = `${isOne ? 'port' : 'ports'} ${formatPortRange(shared)}/${second.protocol} on ${listenerText(second)}`;
  return report(
    hostPortConflict,
    second.span,
    `host ${ports} ${isOne ? 'is' : 'are'} published twice: for \`${first.container}\` and for \`${second.container}\``,
    {
      related: [{ span: first.span, message: `first published here, on ${listenerText(first)}` }],
      help: 'publish one of them on another port, or each on an address of its own',
    },
  );
}

function commonPorts(left: PortRange, right: PortRange): PortRange {
  return {
    first: left.first > right.first ? left.first : right.first,
    last: left.last < right.last ? left.last : right.last,
  };
}

function listenerText({ listener }: Publication): string {
  return listener.kind === 'all' ? 'every address' : formatAddress(listener.address);
}
