/** Asks what a policy text means: `ask(text).for('172.17.0.2 on docker0', '203.0.113.10', '8080/tcp')`. */
import { check, compile } from '../../src/compile.ts';
import { hostViewOf } from '../../src/host-view/from-model.ts';
import { routingOf } from '../../src/host-view/routing.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { formatAddress, parseAddress } from '../../src/net/address.ts';
import { protocolNumbers } from '../../src/net/protocol.ts';
import { type Decision, decide, type Meaning, meaningOf } from '../../src/policy/decide.ts';
import type { Flow } from '../../src/policy/flow.ts';

export interface Answer {
  readonly verdict: Decision['verdict'];
  /** `container web`, `host`, `outside`, `network`. */
  readonly receiver: string;
  /** Destination and source as the receiver sees them. */
  readonly destination: string;
  readonly source: string | undefined;
}

/** `SOURCE on INTERFACE`, or `SOURCE` for the host itself. */
export function flowOf(from: string, to: string, service: string): Flow {
  const [sourceText = '', arrivesBy] = from.split(' on ');
  const source = parseAddress(sourceText);
  const destination = parseAddress(to);
  if (source === undefined || destination === undefined) throw new Error(`not addresses: ${from}, ${to}`);
  const [first = '', name = ''] = service.split('/');
  const ends = { arrivesBy, source, destination };
  if (service === 'ping') {
    const ipv4 = source.family === 'ipv4';
    return {
      ...ends,
      protocol: ipv4 ? protocolNumbers.icmp : protocolNumbers.icmpv6,
      sourcePort: undefined,
      destinationPort: undefined,
      icmpType: ipv4 ? 8 : 128,
    };
  }
  const protocol = { tcp: 6, udp: 17, sctp: 132 }[name];
  if (protocol === undefined)
    return {
      ...ends,
      protocol: Number(service),
      sourcePort: undefined,
      destinationPort: undefined,
      icmpType: undefined,
    };
  const [port = '', sourcePort] = first.split('<');
  return {
    ...ends,
    protocol,
    sourcePort: sourcePort === undefined ? 40000 : Number(sourcePort),
    destinationPort: Number(port),
    icmpType: undefined,
  };
}

/** The meaning of a policy that compiles; throws what is wrong with it. */
export function meaningOfText(text: string, settings?: { readonly brNetfilter: boolean }): Meaning {
  const {
    compiled: [compiled],
    diagnostics,
  } = compile({ name: 'policy.ctfw', text }, () => ({ error: 'nothing is included' }), emptyLock);
  if (compiled === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return settings === undefined ? compiled.meaning : compiled.meaningWith(settings);
}

export function ask(meaning: Meaning, from: string, to: string, service: string): Answer {
  const { verdict, receiver, destination, destinationPort, source } = decide(meaning, flowOf(from, to, service));
  return {
    verdict,
    receiver: receiver.kind === 'container' ? `container ${receiver.endpoint.container}` : receiver.kind,
    destination: `${formatAddress(destination)}${destinationPort === undefined ? '' : ` ${destinationPort}`}`,
    source: source === undefined ? undefined : formatAddress(source),
  };
}

/** The meaning of a policy whose expectations need not hold. */
export function meaningOfFailingText(text: string): Meaning {
  const { model } = check({ name: 'policy.ctfw', text }, () => ({ error: 'nothing is included' }), emptyLock);
  const host = model?.hosts[0];
  if (model === undefined || host === undefined) throw new Error('the policy is wrong');
  const view = hostViewOf(model, host);
  return meaningOf(model, host, view, routingOf(view));
}
