/** Removes connections of a real host with the conntrack tool. */
import { formatAddress } from '../../net/address.ts';
import type { WriteResult } from '../contract/host.ts';
import type { Connection } from '../gather/gathered.ts';
import type { Runner } from '../gather/runner.ts';
import { failureOfRun } from './failure.ts';

/** Removes one connection by its original tuple; one that is gone already is as good as removed. */
export async function removeConnection(
  runner: Runner,
  { family, protocol, original }: Connection,
): Promise<WriteResult> {
  const { source, destination, sourcePort, destinationPort, type, code, identifier } = original;
  const args = [
    ...['-D', '-f', family, '-p', words.get(protocol) ?? `${protocol}`],
    ...['--orig-src', formatAddress(source), '--orig-dst', formatAddress(destination)],
    ...(sourcePort === undefined ? [] : ['--sport', `${sourcePort}`]),
    ...(destinationPort === undefined ? [] : ['--dport', `${destinationPort}`]),
    ...(type === undefined ? [] : [`--${icmpWord(protocol)}-type`, `${type}`]),
    ...(code === undefined ? [] : [`--${icmpWord(protocol)}-code`, `${code}`]),
    ...(identifier === undefined ? [] : [`--${icmpWord(protocol)}-id`, `${identifier}`]),
  ];
  const result = await runner('conntrack', args);
  if (result.kind === 'exited' && (result.status === 0 || /\b0 flow entries/.test(result.stderr)))
    return { kind: 'done' };
  return failureOfRun(result, 'conntrack');
}

function icmpWord(protocol: number): string {
  return protocol === 58 ? 'icmpv6' : 'icmp';
}

/** The names by which conntrack knows the protocols that it takes ports and types for; others by number. */
const words = new Map([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [33, 'dccp'],
  [47, 'gre'],
  [58, 'icmpv6'],
  [132, 'sctp'],
  [136, 'udplite'],
]);
