/** What leaves the host carries an address of the host. */
import { leavesAsForeign } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import { addressKey, formatAddress } from '../../net/address.ts';
import { heldAddresses } from '../held-addresses.ts';
import type { CheckContext } from './rule.ts';

/** A flow that is not masqueraded leaves with its own source, so addresses of containers and prefixes on the left count too. */
export function* checkLeavesAs({ model, hosts }: CheckContext): Generator<Diagnostic> {
  if (model.hosts.some((host) => host.interfaces.length === 0)) return;
  if (!model.expectations.some(({ outcome }) => outcome.kind === 'leaves-as')) return;
  const known = new Set(hosts.flatMap((contents) => [...heldAddresses(contents)]));
  for (const { endpoints } of model.containers)
    for (const { addresses } of endpoints)
      for (const address of Object.values(addresses)) known.add(addressKey(address));
  for (const { from, outcome, span } of model.expectations) {
    if (outcome.kind !== 'leaves-as' || known.has(addressKey(outcome.address))) continue;
    if (!from.every((subject) => subject.kind === 'container' || subject.kind === 'network' || subject.kind === 'host'))
      continue;
    yield report(
      leavesAsForeign,
      span,
      `nothing leaves as ${formatAddress(outcome.address)}: no interface of the host has that address`,
      {
        help: 'expect an address of the interface that the packet leaves by',
      },
    );
  }
}
