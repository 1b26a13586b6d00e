/** Name servers, search domains and resolver options: they pass into the policy as they are, so their form is checked here. */
import { badValue, nameLeftOut } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import { parseAddress } from '../../net/address.ts';
import type { DnsItem, Written } from '../../syntax/tree.ts';
import { readDomainName } from '../reading/domain-name.ts';
import type { Reading } from '../reading/reading.ts';
import { shorten } from '../reading/shorten.ts';
import { dnsItems } from './container-items.ts';

type Texts = readonly Written<string>[];

/** The items of what is well-formed; the rest is reported. */
export function readDnsValues(reading: Reading, servers: Texts, search: Texts, options: Texts): readonly DnsItem[] {
  return dnsItems({
    dns: servers.filter(({ value, span }) => {
      if (parseAddress(value) !== undefined) return true;
      reading.add(report(badValue, span, `\`${shorten(value)}\` is no address of a name server.`));
      return false;
    }),
    'dns-search': search.filter(
      (domain) => domain.value === '.' || readDomainName(reading, domain, 'search domain') !== undefined,
    ),
    'dns-option': options.filter(({ value, span }) => {
      if (/^[a-z][a-z0-9-]{0,31}(:[0-9]{1,5})?$/.test(value)) return true;
      reading.add(
        report(
          nameLeftOut,
          span,
          `\`${shorten(value)}\` is no resolver option that a policy can say, so it was left out.`,
        ),
      );
      return false;
    }),
  });
}
