/** Publishing means translating a host port: that does not fit networks without NAT, on the LAN, or without rules of ours. */
import { publishOnLan, publishRouted, publishUnmanaged } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import { formatPortRange } from '../../net/port.ts';
import { allPublications } from '../host-contents.ts';
import { isLan } from '../lan.ts';
import type { Publication } from '../model.ts';
import type { CheckContext } from './rule.ts';

export function* checkPublishNetwork({ model }: CheckContext): Generator<Diagnostic> {
  for (const publication of allPublications(model.containers)) {
    const { gatewayMode, unmanaged } = publication.target.network;
    if (isLan(publication.target.network)) yield onLan(publication);
    else if (unmanaged) yield onUnmanaged(publication);
    else if (gatewayMode === 'routed') yield onRouted(publication);
  }
}

function onLan({ container, target: { network }, span }: Publication): Diagnostic {
  return report(
    publishOnLan,
    span,
    `\`${container}\` is on the LAN through \`${network.name}\`, so there is nothing to publish`,
    {
      related: [{ span: network.span, message: `\`${network.name}\` is declared here` }],
      help: 'machines on the LAN reach the container at its own address: use `expose` and `allow`',
    },
  );
}

function onUnmanaged({ container, target: { network }, span }: Publication): Diagnostic {
  return report(
    publishUnmanaged,
    span,
    `\`${container}\` would be published through \`${network.name}\`, which is \`unmanaged\``,
    {
      related: [{ span: network.span, message: 'no rules are made for this network' }],
      help: 'remove `unmanaged`, or publish the port with the rules that you manage yourself',
    },
  );
}

function onRouted({ container, target: { network }, containerPorts, protocol, span }: Publication): Diagnostic {
  return report(
    publishRouted,
    span,
    `\`${network.name}\` is routed: ${formatPortRange(containerPorts)}/${protocol} is open at the address of \`${container}\` itself, and the host port is ignored`,
    { related: [{ span: network.span, message: `\`${network.name}\` is declared here` }] },
  );
}
