/** What the signs of a probe say together: the one place where observations become a verdict. */
import { type Address, parseAddress, sameAddress } from '../net/address.ts';
import { protocolNumbers } from '../net/protocol.ts';
import type { WireProbe, WireResult, WireSign } from './agent-protocol.ts';
import { LabError } from './lab-error.ts';
import type { Delivery, Ends, ProbeResult, ProbeVerdict, Rejection, Reply } from './probe.ts';

const reset = 4;
const redirect = 5;

/** The result of a probe, from what the agent was asked to send and what it saw. */
export function classifyProbe(probe: WireProbe, result: WireResult): ProbeResult {
  const sent = sentEnds(probe, result);
  const deliveries = result.signs.filter(({ role }) => role === 'request').map(deliveryOf);
  const back = result.signs.filter((sign) => sign.namespace === probe.namespace);
  const answer = back.find((sign) => sign.role === 'answer');
  const rejection = rejectionIn(back);
  const verdict = verdictOf(deliveries, answer, rejection, result.error);
  const delivered = verdict === 'delivered';
  return {
    verdict,
    sent,
    at: deliveries[0],
    alsoAt: distinctFrom(deliveries[0], deliveries.slice(1)),
    reply: delivered && answer !== undefined && sent !== undefined ? replyOf(answer, sent) : undefined,
    rejection: verdict === 'rejected' ? rejection : undefined,
    error: result.error,
    connected: result.connected,
  };
}

function verdictOf(
  deliveries: readonly Delivery[],
  answer: WireSign | undefined,
  rejection: Rejection | undefined,
  error: string | undefined,
): ProbeVerdict {
  if (deliveries.length > 0) return 'delivered';
  // only whoever took a packet in answers it otherwise than with a reset
  if (answer !== undefined && !isReset(answer)) return 'delivered';
  if (rejection !== undefined) return 'rejected';
  // the kernel gives EPERM to a local sender whose packet a rule drops [125]
  if (error === undefined || error === 'EPERM') return 'dropped';
  return 'send-error';
}

/** The first reset or ICMP error that came back; a redirect rejects nothing [118]. */
function rejectionIn(back: readonly WireSign[]): Rejection | undefined {
  for (const sign of back) {
    if (sign.role === 'answer' && isReset(sign)) {
      return { kind: 'tcp-reset', type: undefined, code: undefined, from: readAddress(sign.source) };
    }
    const isRedirect = sign.protocol === protocolNumbers.icmp && sign.type === redirect;
    if (sign.role !== 'error' || isRedirect) continue;
    const kind = sign.protocol === protocolNumbers.icmp ? 'icmp' : 'icmpv6';
    return { kind, type: sign.type, code: sign.code, from: readAddress(sign.source) };
  }
  return undefined;
}

function isReset(sign: WireSign): boolean {
  return sign.protocol === protocolNumbers.tcp && ((sign.tcpFlags ?? 0) & reset) !== 0;
}

function sentEnds(probe: WireProbe, result: WireResult): Ends | undefined {
  if (result.source === undefined) return undefined;
  return {
    source: readAddress(result.source),
    sourcePort: result.sourcePort,
    destination: readAddress(probe.destination),
    destinationPort: probe.destinationPort,
  };
}

function endsOf(sign: WireSign): Ends {
  return {
    source: readAddress(sign.source),
    sourcePort: sign.sourcePort,
    destination: readAddress(sign.destination),
    destinationPort: sign.destinationPort,
  };
}

function deliveryOf(sign: WireSign): Delivery {
  return { ...endsOf(sign), namespace: sign.namespace, interface: sign.interface, ttl: sign.ttl };
}

/** Retransmissions and copies of one and the same delivery are left out. */
function distinctFrom(first: Delivery | undefined, others: readonly Delivery[]): readonly Delivery[] {
  const key = (delivery: Delivery): string =>
    [
      delivery.namespace,
      delivery.source.value,
      delivery.sourcePort,
      delivery.destination.value,
      delivery.destinationPort,
    ].join(' ');
  const known = new Set(first === undefined ? [] : [key(first)]);
  return others.filter((delivery) => !known.has(key(delivery)) && known.add(key(delivery)));
}

function replyOf(sign: WireSign, sent: Ends): Reply {
  const ends = endsOf(sign);
  const asExpected =
    sameAddress(ends.source, sent.destination) &&
    sameAddress(ends.destination, sent.source) &&
    ends.sourcePort === sent.destinationPort &&
    ends.destinationPort === sent.sourcePort;
  return { ...ends, kind: isReset(sign) ? 'refused' : 'answered', asExpected };
}

function readAddress(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new LabError(`The lab's agent gave an address that is none: ${text}`);
  return address;
}
