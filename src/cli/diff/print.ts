/** Changes for people. */
import { styleText } from 'node:util';
import { endsText, type FlowChange, fateText, listed } from '../../verifier/verifier.ts';

const marks = {
  opens: { sign: '+', colour: 'green' },
  closes: { sign: '-', colour: 'red' },
  translates: { sign: '~', colour: 'yellow' },
  refuses: { sign: '~', colour: 'yellow' },
  'may-open': { sign: '?', colour: 'green' },
  'may-close': { sign: '?', colour: 'red' },
  uncertain: { sign: '?', colour: 'yellow' },
} as const;

const words: Readonly<Record<FlowChange['kind'], string>> = {
  opens: 'opens',
  closes: 'closes',
  translates: 'goes elsewhere',
  refuses: 'refused otherwise',
  'may-open': 'may open',
  'may-close': 'may close',
  uncertain: 'not known',
};

const groupTitles: Readonly<Record<FlowChange['packets'], string>> = {
  'first packets': '',
  'later packets': 'Later packets of connections that both accept:',
  replies: 'Replies in connections that both accept:',
  'ICMP errors': 'ICMP errors about connections that both accept:',
  'forged packets': 'Packets with a source that does not live where they come from:',
  'stray packets': 'Packets that belong to no connection and start none:',
};

/** Changes told one by one; nobody reads more. */
export const mostChanges = 200;

export function changesText(changes: readonly FlowChange[], colour: boolean): string {
  const shown = changes.slice(0, mostChanges);
  const kinds = [...new Set(shown.map(({ packets }) => packets))];
  const blocks = kinds.map((kind) => {
    const title = groupTitles[kind];
    const lines = shown.filter(({ packets }) => packets === kind).map((change) => changeText(change, colour));
    return `${title === '' ? '' : `${title}\n`}${lines.join('')}`;
  });
  const more = changes.length - shown.length;
  return `${blocks.join('\n')}${more > 0 ? `and ${more} more, not shown (--format json has them all)\n` : ''}`;
}

function changeText(change: FlowChange, colour: boolean): string {
  const { kind, families, before, after, example, restsOn } = change;
  const { sign, colour: paint } = marks[kind];
  const family = families.length > 1 ? '' : families[0] === 'ipv4' ? '  (IPv4)' : '  (IPv6)';
  const head = `${sign} ${words[kind]}: ${flowText(change)}${family}`;
  const rest = restsOn.length === 0 ? '' : `    it rests on what is not modelled: ${listed(restsOn, 3)}\n`;
  const doubt = example.confirmed === false ? '    the simulator does not see this change: please report it\n' : '';
  return `${colour ? styleText(paint, head) : head}\n    ${before} -> ${after}\n    such as ${example.text}${replayedText(change)}\n${rest}${doubt}`;
}

/** What the simulator made of the example, where that says more than the line above. */
function replayedText({ example: { before, after } }: FlowChange): string {
  if (before === undefined || after === undefined) return '';
  return `: ${fateText(before)} -> ${fateText(after)}`;
}

/** `office -> db 5432/tcp`. */
export function flowText({ from, to, services }: Pick<FlowChange, 'from' | 'to' | 'services'>): string {
  return `${endsText(from, 'anyone')} -> ${endsText(to, 'anywhere')} ${listed(services, 12)}`;
}
