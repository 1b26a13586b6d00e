/** Changes as JSON; docs/schemas/diff.json describes it. */
import { formatAddress } from '../../net/address.ts';
import { type Comparison, type FlowChange, fateText } from '../../verifier/verifier.ts';
import { formatVersion } from '../io/diagnostics.ts';

export function diffToJson(
  names: { readonly before: string; readonly after: string },
  { changes }: Comparison,
  notes: readonly string[],
  texts: readonly string[],
): string {
  const document = { formatVersion, ...names, changes: changes.map(changeToJson), notes, rules: texts };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function changeToJson(change: FlowChange): object {
  const { kind, packets, families, from, to, services, before, after, example, restsOn } = change;
  const { origin, source, destination, protocol, sourcePort, destinationPort, icmpType } = example.packet;
  const ports = [6, 17, 33, 132, 136].includes(protocol);
  return {
    change: kind,
    packets,
    families,
    from,
    to,
    services,
    before,
    after,
    example: {
      text: example.text,
      interface: origin.device ?? null,
      source: formatAddress(source),
      destination: formatAddress(destination),
      protocol,
      ...(ports ? { sourcePort, destinationPort } : {}),
      ...(protocol === 1 || protocol === 58 ? { icmpType } : {}),
      before: example.before === undefined ? null : fateText(example.before),
      after: example.after === undefined ? null : fateText(example.after),
      confirmed: example.confirmed ?? null,
    },
    restsOn,
  };
}
