/** Reading what the kernel knows beside the packet: interfaces, marks, protocols, senders. */
import type { FibExpression, MetaExpression, PhysicalDeviceExpression } from '../../ruleset/expression.ts';
import { isLinkLocal } from '../packet/addresses.ts';
import type { AddressDatum } from '../packet/datum.ts';
import { type EvaluationContext, type InterfaceReference, type Reader, unknownValue } from './context.ts';

/* Absent interfaces have the empty name and index 0, so `oifname != x` holds in hooks without one [141]. */
const nameOf = (reference: InterfaceReference | undefined): string => reference?.name ?? '';
const indexOf = (reference: InterfaceReference | undefined): number => reference?.index ?? 0;

const packetTypes = { host: 0, broadcast: 1, multicast: 2, other: 3 } as const;
const protocolNumbers = { ipv4: 0x0800, ipv6: 0x86dd, arp: 0x0806 } as const;
/** The numbers of network families, as `meta nfproto` and `ct l3proto` tell them. */
export const familyNumbers = { ipv4: 2, ipv6: 10, arp: 3 } as const;

/** A reader for `meta`. `byIndex`: interfaces are compared by index, not by name. */
export function compileMeta({ key }: MetaExpression, byIndex: boolean): Reader {
  switch (key) {
    case 'iifname':
      return (context) => nameOf(context.input);
    case 'oifname':
      return (context) => nameOf(context.output);
    case 'iif':
      return byIndex ? (context) => indexOf(context.input) : (context) => nameOf(context.input);
    case 'oif':
      return byIndex ? (context) => indexOf(context.output) : (context) => nameOf(context.output);
    case 'iiftype':
      return (context) => context.input?.hardwareType;
    case 'oiftype':
      return (context) => context.output?.hardwareType;
    case 'iifgroup':
      return (context) => (context.input === undefined ? undefined : 0);
    case 'oifgroup':
      return (context) => (context.output === undefined ? undefined : 0);
    case 'ibrname':
      return (context) => context.input?.master;
    case 'obrname':
      return (context) => context.output?.master;
    case 'mark':
      return ({ packet }) => packet.mark;
    case 'l4proto':
      return ({ packet }) => (packet.family === 'arp' ? undefined : packet.protocol);
    case 'nfproto':
      return ({ packet, family }) => (family === 'bridge' ? 7 : familyNumbers[packet.family]);
    case 'protocol':
      return ({ packet }) => protocolNumbers[packet.family];
    case 'pkttype':
      return ({ packet }) => packetTypes[packet.packetType];
    case 'length':
      return ({ packet }) => packet.length();
    case 'priority':
      return ({ packet }) => packet.priority;
    case 'skuid':
    case 'skgid':
      return ({ packet }) => packet.socketUser;
    case 'cpu':
    case 'nftrace':
      return () => 0;
    case 'cgroup':
    case 'rtclassid':
    case 'random':
    case 'time':
    case 'day':
    case 'hour':
      return () => unknownValue;
  }
}

/** Where the kernel takes the loopback interface for the answer without a look at the routes. */
const loopedHooks: ReadonlySet<string> = new Set(['prerouting', 'ingress', 'input']);

/** Link-local addresses are looked for on the link of the packet only [152]. */
function linkOf(address: AddressDatum, { input, output }: EvaluationContext): string | undefined {
  return isLinkLocal(address) ? (input ?? output)?.name : undefined;
}

/** A reader for `fib`. */
export function compileFib({ flags, result }: FibExpression, byIndex: boolean): Reader {
  const ofSource = flags.includes('saddr');
  const byMark = flags.includes('mark');
  const through = (context: EvaluationContext): string | undefined => {
    if (flags.includes('iif')) return nameOf(context.input);
    return flags.includes('oif') ? nameOf(context.output) : undefined;
  };
  return (context) => {
    const { packet, services } = context;
    if (packet.family === 'arp') return undefined;
    const address = ofSource ? packet.source : packet.destination;
    const other = ofSource ? packet.destination : packet.source;
    if (result === 'type') return services.addressType(address, through(context));
    const looped = context.input?.hardwareType === 772 && loopedHooks.has(context.hook);
    const output = looped
      ? context.input
      : services.routeOutput(address, byMark ? packet.mark : 0, through(context), other, linkOf(address, context));
    return result === 'oif' && byIndex ? indexOf(output) : nameOf(output);
  };
}

/** A reader for the ports of a bridged packet. */
export function compilePhysicalDevice({ key }: PhysicalDeviceExpression): Reader {
  switch (key) {
    case 'in':
      return ({ packet }) => packet.physicalInput ?? '';
    case 'out':
      return ({ packet }) => packet.physicalOutput ?? '';
    case 'is-in':
      return ({ packet }) => (packet.physicalInput === undefined ? 0 : 1);
    case 'is-out':
      return ({ packet }) => (packet.physicalOutput === undefined ? 0 : 1);
    case 'is-bridged':
      return ({ packet }) => (packet.physicalInput !== undefined && packet.physicalOutput !== undefined ? 1 : 0);
  }
}
