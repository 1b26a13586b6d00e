/** The gateway mode of a network, which the engine keeps for each family and a policy for both. */
import { gatewayModes } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { Family } from '../../net/address.ts';
import type { GatewayMode, Name, Written } from '../../syntax/tree.ts';
import type { Reading } from '../reading/reading.ts';
import { shorten } from '../reading/shorten.ts';
import type { DriverOptions } from './driver-options.ts';

/** The one mode of the families that a network has; two different ones are reported. */
export function oneGatewayMode(
  reading: Reading,
  network: Name,
  options: DriverOptions,
  families: ReadonlySet<Family>,
): Written<GatewayMode> | undefined {
  const modes = (['ipv4', 'ipv6'] as const)
    .filter((family) => families.has(family))
    .map((family) => options.gatewayModes[family]);
  const [first, second] = modes;
  if (modes.length === 2 && (first?.value ?? 'nat') !== (second?.value ?? 'nat')) {
    reading.add(
      report(
        gatewayModes,
        (second ?? first)?.span ?? network.span,
        `\`${shorten(network.text)}\` has different gateway modes for IPv4 and IPv6; a network of a policy has one.`,
      ),
    );
    return undefined;
  }
  return first ?? second;
}
