/** Who reaches whom, for people, for spreadsheets and for programs. */
import { formatAddress } from '../../net/address.ts';
import { endsText, listed, type Reach } from '../../verifier/verifier.ts';
import { formatVersion } from '../io/diagnostics.ts';

export type ReachFormat = 'human' | 'json' | 'csv';

export const reachFormats: readonly ReachFormat[] = ['human', 'json', 'csv'];

/** Lines that people read. */
const mostLines = 500;

export function reachTable(reaches: readonly Reach[]): string {
  const rows = reaches
    .slice(0, mostLines)
    .map((reach) => [
      endsText(reach.from, 'anyone'),
      endsText(reach.to, 'anywhere'),
      `${listed(reach.services, 8)}${familyText(reach)}`,
      `${reach.arrives === 'delivered' ? '' : reach.arrives}${reach.certain ? '' : `${reach.arrives === 'delivered' ? '' : '; '}perhaps: rules that are not modelled decide`}`,
    ]);
  const head = ['FROM', 'TO', 'WHAT', 'HOW'];
  const all = [head, ...rows];
  const widths = [0, 1, 2].map((column) => Math.min(48, Math.max(...all.map((row) => row[column]?.length ?? 0))));
  const lines = all.map((row) =>
    row
      .map((cell, column) => (column < 3 ? cell.padEnd(widths[column] ?? 0) : cell))
      .join('  ')
      .trimEnd(),
  );
  const more = reaches.length - rows.length;
  return `${lines.join('\n')}\n${more > 0 ? `and ${more} more lines (--format csv has them all)\n` : ''}`;
}

function familyText({ families }: Reach): string {
  return families.length > 1 ? '' : families[0] === 'ipv4' ? ' (IPv4)' : ' (IPv6)';
}

export function reachCsv(reaches: readonly Reach[]): string {
  const rows = reaches.map(({ from, to, services, families, arrives, certain }) => [
    endsText(from, 'anyone'),
    endsText(to, 'anywhere'),
    services.join(' '),
    families.join(' '),
    arrives,
    certain ? 'yes' : 'perhaps',
  ]);
  const head = ['from', 'to', 'services', 'families', 'arrives', 'certain'];
  return [head, ...rows].map((row) => `${row.map(field).join(',')}\n`).join('');
}

/** RFC 4180; a cell that a spreadsheet would take for a formula is kept a text. */
function field(text: string): string {
  const plain = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

export function reachJson(
  kind: 'matrix' | 'who-can',
  name: string,
  reaches: readonly Reach[],
  notes: readonly string[],
): string {
  const document = {
    formatVersion,
    kind,
    of: name,
    reaches: reaches.map(({ example, ...reach }) => ({
      ...reach,
      example: {
        interface: example.origin.device ?? null,
        source: formatAddress(example.source),
        destination: formatAddress(example.destination),
        protocol: example.protocol,
        ...([6, 17, 33, 132, 136].includes(example.protocol)
          ? { sourcePort: example.sourcePort, destinationPort: example.destinationPort }
          : {}),
        ...(example.protocol === 1 || example.protocol === 58 ? { icmpType: example.icmpType } : {}),
      },
    })),
    notes,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

export function reachText(
  format: ReachFormat,
  kind: 'matrix' | 'who-can',
  name: string,
  reaches: readonly Reach[],
  notes: readonly string[],
): string {
  if (format === 'json') return reachJson(kind, name, reaches, notes);
  return format === 'csv' ? reachCsv(reaches) : reachTable(reaches);
}
