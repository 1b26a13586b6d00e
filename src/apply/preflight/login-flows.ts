/** The first packets of a new login, by each interface that it may arrive by. */
import type { HostView, InterfaceView } from '../../host-view/host-view.ts';
import { routingOf } from '../../host-view/routing.ts';
import { type Address, sameAddress } from '../../net/address.ts';
import { parsePrefix, prefixContains } from '../../net/prefix.ts';
import { protocolNumbers } from '../../net/protocol.ts';
import type { Flow } from '../../policy/flow.ts';
import type { Operator } from './preflight.ts';

type Known = Extract<Operator, { kind: 'known' }>;

/** None: there is no way back. A packet arrives where its answer would leave; a link-local address is on every link. */
export function loginFlows(view: HostView, operator: Known): readonly Flow[] {
  if (isLinkLocal(operator.address)) return linkFlows(view, operator);
  const route = routingOf(answering(view, operator.local)).lookup(operator.address);
  if (route === undefined) return [];
  const arrivesBy = route === 'local' ? undefined : route.interface;
  const holder = view.interfaces.find(({ name }) => name === arrivesBy);
  const destination =
    operator.local ?? (route === 'local' ? operator.address : addressOf(holder, operator.address.family, 'universe'));
  return destination === undefined ? [] : [flowOf(operator, arrivesBy, destination)];
}

/** Routing rules by source hold for answers too: they leave from the address that the login came to. */
function answering(view: HostView, local: Address | undefined): HostView {
  if (local === undefined) return view;
  const rules = view.rules.map((rule) =>
    rule.source !== undefined && prefixContains(rule.source, local) ? { ...rule, source: undefined } : rule,
  );
  return { ...view, rules };
}

/** Where several interfaces hold the address that was logged in to, or nobody says which it was, it may be any of them. */
function linkFlows(view: HostView, operator: Known): readonly Flow[] {
  const { local, interface: named, address } = operator;
  return view.interfaces.flatMap((one) => {
    const isPossible = one.up && one.kind !== 'loopback' && (named === undefined || one.name === named);
    const held = local ?? addressOf(one, address.family, 'link');
    const isHeld = held !== undefined && one.addresses.some((own) => sameAddress(own.address, held));
    return isPossible && isHeld ? [flowOf(operator, one.name, held)] : [];
  });
}

function flowOf({ address, port }: Known, arrivesBy: string | undefined, destination: Address): Flow {
  return {
    arrivesBy,
    source: address,
    destination,
    protocol: protocolNumbers.tcp,
    sourcePort: 40_000,
    destinationPort: port,
    icmpType: undefined,
  };
}

function addressOf(held: InterfaceView | undefined, family: string, scope: string): Address | undefined {
  return held?.addresses.find((one) => one.address.family === family && one.scope === scope)?.address;
}

const linkLocal = parsePrefix('fe80::/10');

function isLinkLocal(address: Address): boolean {
  return linkLocal !== undefined && prefixContains(linkLocal, address);
}
