/** Subnets and gateways of a network, as the engine's address management knows them. */
import { badShape, badValue } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import { type Address, type Family, parseAddress } from '../../net/address.ts';
import {
  formatPrefix,
  hasHostBits,
  type Prefix,
  parseInterfaceAddress,
  prefixContains,
  prefixOf,
} from '../../net/prefix.ts';
import type { Written } from '../../syntax/tree.ts';
import type { Reading } from '../reading/reading.ts';
import { shorten } from '../reading/shorten.ts';

/** A text as a subnet; reported and undefined when it is none. */
export function readSubnet(reading: Reading, text: Written<string> | undefined): Written<Prefix> | undefined {
  if (text === undefined) return undefined;
  const parsed = parseInterfaceAddress(text.value);
  if (parsed === undefined) {
    reading.add(
      report(badValue, text.span, `\`${shorten(text.value)}\` is no subnet.`, {
        help: 'A subnet is written `172.20.0.0/16` or `fd00:20::/64`.',
      }),
    );
    return undefined;
  }
  const prefix = prefixOf(parsed.address, parsed.length);
  if (!hasHostBits(parsed)) return { value: prefix, span: text.span };
  reading.add(
    report(badValue, text.span, `\`${text.value}\` is an address inside the subnet \`${formatPrefix(prefix)}\`.`, {
      help: `Write \`${formatPrefix(prefix)}\`, and \`gateway\` for the address of the bridge.`,
    }),
  );
  return undefined;
}

/** A text as the gateway of a subnet; reported and undefined when it is none. */
export function readGateway(
  reading: Reading,
  text: Written<string> | undefined,
  subnet: Written<Prefix> | undefined,
): Written<Address> | undefined {
  if (text === undefined) return undefined;
  const address = parseAddress(text.value);
  if (address === undefined) {
    reading.add(report(badValue, text.span, `\`${shorten(text.value)}\` is no address.`));
    return undefined;
  }
  if (subnet !== undefined && prefixContains(subnet.value, address)) return { value: address, span: text.span };
  reading.add(
    report(badValue, text.span, `The gateway \`${text.value}\` lies in no subnet that is written beside it.`),
  );
  return undefined;
}

/** At most one subnet of each family can be said; a second one is reported. */
export function oneSubnetOfEach(
  reading: Reading,
  subnets: readonly Written<Prefix>[],
): ReadonlyMap<Family, Written<Prefix>> {
  const used = new Map<Family, Written<Prefix>>();
  for (const subnet of subnets) {
    const { family } = subnet.value.address;
    const earlier = used.get(family);
    if (earlier === undefined) used.set(family, subnet);
    else
      reading.add(
        report(badShape, subnet.span, 'A network has at most one subnet of each family.', {
          related: [{ span: earlier.span, message: 'the first one is here' }],
        }),
      );
  }
  return used;
}
