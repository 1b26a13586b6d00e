/** The way of a packet through a host, as lines for people: where it is, what happens, and by which rule. */

import type { TraceStep } from '../../simulator/trace/trace.ts';
import type { Origin } from '../../source/span.ts';
import { isDeciding, originsOf, placeText, type RuleStep } from './decisive.ts';
import type { RuleTexts } from './rule-texts.ts';

export type Tone = 'plain' | 'good' | 'bad' | 'change' | 'quiet';

export interface PathLine {
  /** Where the packet is; empty: as on the line before. */
  readonly where: string;
  readonly text: string;
  readonly tone: Tone;
  /** A detail of the line before it. */
  readonly isDetail: boolean;
  /** The policy lines it comes from. */
  readonly origins: readonly Origin[];
}

export interface PathOptions {
  /** Every rule met, and why it did not match. */
  readonly verbose: boolean;
  readonly texts: RuleTexts;
  /** What people know an interface by: the container behind a port. */
  readonly nameOf: (interfaceName: string, host: string) => string | undefined;
  /** Say which host each part of the way is on: where there are several. */
  readonly namesHosts?: boolean;
}

/** Rules longer than this are cut where only the deciding ones are shown. */
const shortRule = 68;

export function pathOf(steps: readonly TraceStep[], options: PathOptions): readonly PathLine[] {
  const lines: PathLine[] = [];
  const origins = originsOf(steps);
  let where = '';
  const add = (text: string, more: Partial<PathLine> = {}): void => {
    lines.push({ where, text, tone: 'plain', isDetail: false, origins: [], ...more });
    where = '';
  };
  const arrivals = steps.filter(({ kind }) => kind === 'received').length;
  let seen = 0;
  let host: string | undefined;
  /** Here an accept says no more than that nothing is wrong. */
  let passing = false;
  for (const [index, step] of steps.entries()) {
    if (options.namesHosts === true && step.host !== host) {
      lines.push({ where: `host ${step.host}`, text: '', tone: 'plain', isDetail: false, origins: [] });
      seen = 0;
      where = '';
    }
    host = step.host;
    switch (step.kind) {
      case 'received':
        seen++;
        if (seen === 1 || (options.verbose && arrivals > 1)) {
          where = label(step, options);
          add(packetText(step.packet, options));
        }
        break;
      case 'hook':
        where = step.family === 'bridge' ? `bridge ${step.hook}` : step.hook;
        passing = step.family === 'bridge' || step.hook === 'prerouting';
        if (step.hook === 'forward' && step.family !== 'bridge')
          add(step.input === step.output ? `within ${step.output}` : `from ${step.input} to ${step.output}`);
        else if (options.verbose) add(step.packet, { tone: 'quiet' });
        break;
      case 'conntrack':
        add(conntrackWords[step.state] ?? `connection tracking says ${step.state}`);
        break;
      case 'route':
        if (options.verbose) add(`route: ${step.text}`);
        break;
      case 'rewrite':
        add(`${step.what} changes to ${step.to.split('>')[step.what === 'source' ? 0 : 1] ?? step.to}`, {
          tone: 'change',
        });
        break;
      case 'rule':
        if (
          options.verbose ||
          (isDeciding(step) && !((passing || step.place.family === 'bridge') && step.verdict === 'accept'))
        ) {
          lines.push(...ruleLines(step, options, where, origins.get(step) ?? []));
          where = '';
        }
        break;
      case 'chain-end':
        if (step.verdict === 'drop' || options.verbose)
          add(`${step.verdict} at the end of ${chainText(step)}`, {
            tone: step.verdict === 'drop' ? 'bad' : 'quiet',
          });
        break;
      case 'sent': {
        const next = isSentAgain(steps, index);
        if (next && !options.verbose) break;
        where = label(step, options);
        add(packetText(step.packet, options));
        break;
      }
      case 'encapsulated':
        where = label(step, options);
        add(`into the tunnel, as ${packetText(step.packet, options)}`, { tone: 'change' });
        break;
      case 'decapsulated':
        where = label(step, options);
        add('out of the tunnel', { tone: 'change' });
        break;
      case 'deliver':
        where = 'host';
        add(packetText(step.packet, options));
        break;
      case 'drop':
        if (step.place === undefined) add(`dropped: ${step.reason}`, { tone: 'bad' });
        break;
    }
  }
  return lines;
}

const conntrackWords: Readonly<Record<string, string>> = {
  new: 'a new connection',
  established: 'a known connection',
  'established-reply': 'a known connection, its reply',
  related: 'belongs to a known connection',
  'related-reply': 'belongs to the reply of a known connection',
  invalid: 'conntrack takes it for invalid',
  untracked: 'not tracked',
};

/** `tcp S 10.0.0.1:40000>10.0.0.2:80`, without the protocol where it is known already. */
function packetText(packet: string, { verbose }: PathOptions): string {
  const text = packet.replace('>', ' > ');
  return verbose ? text : text.replace(/^(tcp [A-Z]*|udp|sctp|icmp(v6)? \d+\/\d+) /, '');
}

function label(
  { interface: name, host }: { readonly interface: string; readonly host: string },
  { nameOf }: PathOptions,
): string {
  return nameOf(name, host) ?? name;
}

/** Whether a later step sends the packet once more on the same host, before another one has it. */
function isSentAgain(steps: readonly TraceStep[], index: number): boolean {
  const host = steps[index]?.host;
  for (const step of steps.slice(index + 1)) {
    if (step.host !== host) return false;
    if (step.kind === 'sent') return true;
  }
  return false;
}

function ruleLines(step: RuleStep, options: PathOptions, where: string, origins: readonly Origin[]): PathLine[] {
  const { place, failedAt, verdict, comment } = step;
  const name = placeText(place);
  if (failedAt !== undefined) {
    const missed = options.texts.statement(place, failedAt, step.host) ?? `statement ${failedAt + 1}`;
    return [{ where, text: `no match  ${name}: ${missed}`, tone: 'quiet', isDetail: false, origins: [] }];
  }
  const decides = isDeciding(step);
  const because = comment === undefined || !decides ? '' : `: ${comment}`;
  const whole = options.texts.rule(place, step.host);
  const isLong = !options.verbose && whole !== undefined && whole.length > shortRule;
  const text = isLong ? `${whole.slice(0, shortRule - 4)} ...` : whole;
  return [
    { where, text: `${verdict}${because}`, tone: toneOf(step), isDetail: false, origins },
    { where: '', text: `${name}${text === undefined ? '' : `: ${text}`}`, tone: 'quiet', isDetail: true, origins: [] },
  ];
}

function toneOf(step: RuleStep): Tone {
  if (!isDeciding(step)) return 'quiet';
  if (step.verdict === 'accept') return 'good';
  return step.verdict === 'drop' || step.verdict === 'reject' || step.verdict === 'unknown' ? 'bad' : 'change';
}

function chainText({ place, verdict }: Extract<TraceStep, { kind: 'chain-end' }>): string {
  const name = placeText(place).replace(/ policy$/, '');
  return verdict === 'continue' || verdict === 'return' ? name : `${name} (its policy)`;
}
