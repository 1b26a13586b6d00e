/** Probes and their results in one line each, so that a test reads like the sentence that it checks. */

import type { Probe, ProbeResult, Sender } from '../../../src/lab/probe.ts';
import { formatAddress } from '../../../src/net/address.ts';
import { ip } from './models.ts';

const protocols: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, gre: 47, icmpv6: 58, sctp: 132 };

/**
 * `app -> 172.17.0.2 tcp/80`: a crafted packet; `app@front` names the network, `host` the host, `wan0:` an interface's outside,
 * a second word the source address (`wan0: 198.51.100.7 -> ...`).
 */
export function probe(sentence: string, more: Partial<Probe> = {}): Probe {
  const match = /^(\S+?)(?: ([0-9a-f.:]+))? -> (\S+) (\w+)(?:\/(\d+))?$/.exec(sentence);
  const [, from = '', source, destination = '', protocol = '', port] = match ?? [];
  const number = protocols[protocol];
  if (number === undefined) throw new Error(`no probe: ${sentence}`);
  return {
    from: sender(from),
    ...(source === undefined ? {} : { source: ip(source) }),
    destination: ip(destination),
    protocol: number,
    ...(port === undefined ? {} : { destinationPort: Number(port) }),
    mode: 'crafted',
    ...more,
  };
}

function sender(text: string): Sender {
  if (text === 'host') return { kind: 'host' };
  if (text.endsWith(':')) return { kind: 'outside', interface: text.slice(0, -1) };
  const [container = '', network] = text.split('@');
  return network === undefined ? { kind: 'container', container } : { kind: 'container', container, network };
}

/** `delivered container/web eth0 172.17.0.3 > 172.17.0.2:80, answered`: everything but the source port. */
export function outcome(result: ProbeResult): string {
  const { at, reply, rejection, error } = result;
  const parts = [result.verdict as string];
  if (at !== undefined) {
    const port = at.destinationPort === undefined ? '' : `:${at.destinationPort}`;
    const bracket = at.destination.family === 'ipv6' && port !== '';
    const destination = bracket ? `[${formatAddress(at.destination)}]` : formatAddress(at.destination);
    parts.push(` ${at.namespace} ${at.interface} ${formatAddress(at.source)} > ${destination}${port}`);
  }
  if (rejection !== undefined) {
    const code = rejection.kind === 'tcp-reset' ? '' : ` ${rejection.type}/${rejection.code}`;
    parts.push(` ${rejection.kind}${code} from ${formatAddress(rejection.from)}`);
  }
  if (reply !== undefined) parts.push(`, ${reply.kind}${reply.asExpected ? '' : ` by ${formatAddress(reply.source)}`}`);
  else if (at !== undefined) parts.push(', no reply');
  if (error !== undefined) parts.push(`, ${error}`);
  return parts.join('');
}
