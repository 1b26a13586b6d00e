/** Addresses that a container is given, IP and MAC. */
import { badValue } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import { type Address, type Family, parseAddress } from '../../net/address.ts';
import { type MacAddress, parseMac } from '../../net/mac.ts';
import type { Written } from '../../syntax/tree.ts';
import type { Reading } from '../reading/reading.ts';
import { shorten } from '../reading/shorten.ts';

/** A text as an address of a family: none, and reported, when it is something else. */
export function readAddress(
  reading: Reading,
  text: Written<string> | undefined,
  family: Family,
): readonly Written<Address>[] {
  if (text === undefined) return [];
  const address = parseAddress(text.value);
  if (address?.family === family) return [{ value: address, span: text.span }];
  reading.add(
    report(badValue, text.span, `\`${shorten(text.value)}\` is no ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address.`),
  );
  return [];
}

/** A text as a MAC address, reported and undefined when it is something else. */
export function readMac(reading: Reading, text: Written<string> | undefined): Written<MacAddress> | undefined {
  if (text === undefined) return undefined;
  const mac = parseMac(text.value.replaceAll('-', ':'));
  if (mac !== undefined) return { value: mac, span: text.span };
  reading.add(
    report(
      badValue,
      text.span,
      `\`${shorten(text.value)}\` is no MAC address; write six pairs as in \`02:42:ac:11:00:02\`.`,
    ),
  );
  return undefined;
}
