/** The published ports: where they answer, where they lead, whom they serve. */
import type { Model, Publication } from '../../../model/model.ts';
import { subjectText } from '../../../names/ports.ts';
import { formatAddress } from '../../../net/address.ts';
import { formatPortRange } from '../../../net/port.ts';
import type { Anchors } from '../markup/anchors.ts';
import type { Html } from '../markup/html.ts';
import { section, table } from '../markup/table.ts';

export function publicationsSection({ containers }: Model, anchors: Anchors): Html {
  const rows = containers
    .flatMap(({ publications }) => publications)
    .map((publication) => [
      listenerText(publication),
      `${publication.container} ${formatPortRange(publication.containerPorts)}/${publication.protocol}`,
      publication.from === undefined
        ? 'the outside, the host, networks that are not internal'
        : publication.from.map(subjectText).join(', '),
      anchors.link(publication.span),
    ]);
  const columns = [
    { title: 'Answers on', kind: 'code' },
    { title: 'Leads to', kind: 'code' },
    { title: 'Serves' },
    { title: 'Line', kind: 'line' },
  ] as const;
  return section('publications', 'Published ports', table('Published ports', columns, rows, 'Nothing is published.'));
}

function listenerText({ listener, hostPorts, containerPorts, protocol, target }: Publication): string {
  if (target.network.gatewayMode === 'routed') return `its own address, ${formatPortRange(containerPorts)}/${protocol}`;
  const ports = `${formatPortRange(hostPorts)}/${protocol}`;
  if (listener.kind === 'address') {
    const text = formatAddress(listener.address);
    return `${listener.address.family === 'ipv6' ? `[${text}]` : text}:${ports}`;
  }
  const only = listener.families.length === 1 ? (listener.families[0] === 'ipv4' ? ' (IPv4)' : ' (IPv6)') : '';
  return `every address of the host${only}, ${ports}`;
}
