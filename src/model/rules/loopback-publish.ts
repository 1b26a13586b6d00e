/** A hint, once a host: what is published plainly does not answer on 127.0.0.1. */
import { loopbackNotPublished } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import type { CheckContext } from './rule.ts';
import { hostItem } from './written.ts';

export function* checkLoopbackPublish({ hosts, files }: CheckContext): Generator<Diagnostic> {
  for (const { host, publications } of hosts) {
    if (host.loopbackPublish || hostItem(files, host, 'loopback-publish') !== undefined) continue;
    const plain = publications.find(
      ({ listener, from, target }) =>
        listener.kind === 'all' &&
        listener.families.includes('ipv4') &&
        from === undefined &&
        target.network.gatewayMode === 'nat',
    );
    if (plain === undefined) continue;
    yield report(
      loopbackNotPublished,
      plain.span,
      'on the host itself this port does not answer at 127.0.0.1, only at its other addresses',
      {
        help: 'say `loopback-publish on` in the `host` block if it should, or `loopback-publish off` to be told no more',
      },
    );
    return;
  }
}
