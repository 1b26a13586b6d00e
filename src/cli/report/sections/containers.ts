/** The containers: where they are, their addresses, and what they serve. */
import type { Container, Model } from '../../../model/model.ts';
import { families, formatAddress } from '../../../net/address.ts';
import { formatPortRange } from '../../../net/port.ts';
import type { Anchors } from '../markup/anchors.ts';
import { type Html, html, joined } from '../markup/html.ts';
import { section, table } from '../markup/table.ts';

export function containersSection({ containers }: Model, anchors: Anchors): Html {
  const rows = containers.map((container) => [
    container.name,
    placesOf(container),
    container.exposed.map(({ ports, protocol }) => `${formatPortRange(ports)}/${protocol}`).join(', '),
    namesOf(container).join(', '),
    anchors.link(container.span),
  ]);
  const columns = [
    { title: 'Container' },
    { title: 'Addresses', kind: 'code' },
    { title: 'Exposes', kind: 'code' },
    { title: 'Also called' },
    { title: 'Line', kind: 'line' },
  ] as const;
  return section(
    'containers',
    'Containers',
    table('Containers and their addresses', columns, rows, 'The policy has no containers.'),
  );
}

function placesOf({ mode, endpoints, host }: Container): Html {
  const where = host === undefined ? '' : ` on ${host}`;
  switch (mode.kind) {
    case 'host':
      return html`those of the host${where}`;
    case 'shared':
      return html`those of ${mode.container}`;
    case 'attached':
    case 'none':
      break;
  }
  if (endpoints.length === 0) return html`none${where}`;
  const lines = endpoints.map(({ network, addresses }) => {
    const texts = families.flatMap((family) => {
      const address = addresses[family];
      return address === undefined ? [] : [formatAddress(address)];
    });
    return html`${network.name}: ${texts.join(', ')}`;
  });
  return html`${joined(lines, html`<br>`)}${where}`;
}

function namesOf({ name, hostname, aliases, endpoints }: Container): readonly string[] {
  const others = [hostname, ...aliases, ...endpoints.flatMap((endpoint) => endpoint.aliases)];
  return [...new Set(others)].filter((other) => other !== name);
}
