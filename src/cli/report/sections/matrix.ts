/** Who reaches whom on what: all of it, exactly, as `ctfw matrix` tells it, and the line that lets it. */
import type { Compiled } from '../../../compile.ts';
import { formatFlow } from '../../../expectations/evaluate.ts';
import { decide } from '../../../policy/decide.ts';
import { completedView, endsText, type Reach, reachOf } from '../../../verifier/verifier.ts';
import { flowOfPacket } from '../../trace/flow-of-packet.ts';
import type { Anchors } from '../markup/anchors.ts';
import { type Html, html } from '../markup/html.ts';
import { section, table } from '../markup/table.ts';

/** Rows that a page has for one host. */
const mostRows = 2000;

export function matrixSection(hosts: readonly Compiled[], anchors: Anchors): Html {
  return section(
    'matrix',
    'Who reaches whom',
    html`<p class="note">Everything that can be opened from one place to another is here; what is not here is blocked.
Replies to what is opened always pass. Each row has one of its packets as an example, with what lets that packet pass; others of the row may pass by another statement.</p>`,
    hosts.map((compiled) => hostMatrix(compiled, hosts.length > 1, anchors)),
  );
}

function hostMatrix({ host, meaning }: Compiled, isNamed: boolean, anchors: Anchors): Html {
  const reaches = reachOf(completedView(meaning), { kind: 'policy', meaning });
  const rows = reaches.slice(0, mostRows).map((reach) => {
    const flow = flowOfPacket(reach.example);
    const { because } = decide(meaning, flow);
    return [
      endsText(reach.from, 'anyone'),
      endsText(reach.to, 'anywhere'),
      servicesText(reach),
      reach.arrives === 'delivered' ? '' : reach.arrives,
      html`<div>${formatFlow(flow)}</div><div class="help">${because.text}</div>`,
      anchors.link(because.span),
    ];
  });
  const caption = isNamed ? `Who reaches whom on what, past ${host.name}` : 'Who reaches whom on what';
  const columns = [
    { title: 'From' },
    { title: 'To' },
    { title: 'What', kind: 'code' },
    { title: 'How' },
    { title: 'One packet of it, and what lets it' },
    { title: 'Line', kind: 'line' },
  ] as const;
  const more =
    reaches.length > rows.length
      ? html`<p class="note">and ${reaches.length - rows.length} more rows: <code>ctfw matrix --format csv</code> has them all</p>`
      : undefined;
  return html`${table(caption, columns, rows, 'Nobody reaches anybody.')}${more}`;
}

function servicesText({ services, families, certain }: Reach): string {
  const family = families.length > 1 ? '' : families[0] === 'ipv4' ? ' (IPv4)' : ' (IPv6)';
  return `${services.join(', ')}${family}${certain ? '' : '; perhaps'}`;
}
