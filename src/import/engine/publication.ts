/** Published ports that rules cannot serve, and why. */
import { publicationLeftOut } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import { type Address, type Family, formatAddress } from '../../net/address.ts';
import type { Span } from '../../source/span.ts';
import type { Reading } from '../reading/reading.ts';

/** Why nothing answers for a container without networks of its own. */
export const noTarget = {
  host: 'in network mode `host` the container answers on the ports of the host by itself',
  none: 'the container has no network',
  shared: 'the container shares the network of another one; publish the port there',
  internal: 'all networks of the container are internal',
  macvlan: 'the container answers on the physical network by itself',
} as const;

/** Why a publication on an address cannot lead to a container with these families, or undefined when it can. */
export function addressObstacle(address: Address, families: ReadonlySet<Family>): string | undefined {
  if (address.family === 'ipv6' && address.value === 1n)
    return 'nothing can be translated on `::1` (write `127.0.0.1`)';
  if (families.has(address.family)) return undefined;
  return `the container has no ${address.family === 'ipv4' ? 'IPv4' : 'IPv6'} address that \`${formatAddress(address)}\` could lead to`;
}

export function leaveOut(reading: Reading, span: Span, reason: string): void {
  reading.add(report(publicationLeftOut, span, `This port is not published in the policy: ${reason}.`));
}
