/** Nothing enters or leaves a container on a host that does not forward [110]. */
import { ipForwardOff } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import type { HostContents } from '../host-contents.ts';
import type { CheckContext } from './rule.ts';
import { hostItem } from './written.ts';

export function* checkIpForward({ hosts, files }: CheckContext): Generator<Diagnostic> {
  for (const contents of hosts) {
    if (contents.host.ipForward) continue;
    const reason = needsForwarding(contents);
    if (reason === undefined) continue;
    const span = hostItem(files, contents.host, 'ip-forward')?.span ?? contents.host.span;
    yield report(ipForwardOff, span, `the host does not forward packets, but ${reason.what}`, {
      related: [{ span: reason.span, message: 'needed here' }],
      help: 'remove `ip-forward off`, or make all networks `internal`',
    });
  }
}

function needsForwarding({
  publications,
  endpoints,
}: HostContents): { what: string; span: Diagnostic['span'] } | undefined {
  const publication = publications[0];
  if (publication !== undefined)
    return { what: `\`${publication.container}\` publishes a port`, span: publication.span };
  const endpoint = endpoints.find(({ network }) => !network.internal && !network.unmanaged);
  if (endpoint === undefined) return undefined;
  return { what: `containers of \`${endpoint.network.name}\` are to reach the outside`, span: endpoint.network.span };
}
