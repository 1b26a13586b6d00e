/** A subnet holds addresses that hosts can have: unicast, not loopback, not link-local. */
import { subnetNotUsable } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import { formatPrefix, type Prefix, parsePrefix, prefixesOverlap } from '../../net/prefix.ts';
import type { CheckContext } from './rule.ts';

/** Prefixes that the kernel does not route as unicast between hosts (RFC 6890). */
const special: readonly { readonly prefix: Prefix; readonly what: string }[] = [
  ['0.0.0.0/8', 'means "this network"'],
  ['127.0.0.0/8', 'is the loopback of every machine'],
  ['169.254.0.0/16', 'is link-local, and is not routed'],
  ['224.0.0.0/4', 'is multicast'],
  ['240.0.0.0/4', 'is reserved'],
  ['::/127', 'is the loopback and the unspecified address'],
  ['::ffff:0.0.0.0/96', 'stands for IPv4 addresses'],
  ['fe80::/10', 'is link-local, and is not routed'],
  ['ff00::/8', 'is multicast'],
].flatMap(([text = '', what = '']) => {
  const prefix = parsePrefix(text);
  return prefix === undefined ? [] : [{ prefix, what }];
});

export function* checkSubnetUsable({ model }: CheckContext): Generator<Diagnostic> {
  for (const { name, subnets, span } of model.networks)
    for (const { prefix } of Object.values(subnets)) {
      const found = special.find((entry) => prefixesOverlap(entry.prefix, prefix));
      if (found !== undefined)
        yield report(
          subnetNotUsable,
          span,
          `\`${name}\` cannot have the subnet ${formatPrefix(prefix)}: ${formatPrefix(found.prefix)} ${found.what}`,
          {
            help: 'choose a private subnet, such as 172.20.0.0/16 or one of fd00::/8',
          },
        );
    }
}
