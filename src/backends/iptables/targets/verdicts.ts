/** Targets that decide, hand over to user space, or turn tracking off. */
import { accept, drop, returnFromChain, type VerdictStatement } from '../../../ruleset/statement.ts';
import { type OptionUse, optionTable, type TargetModule } from '../text/module.ts';

const plain = (name: string, statement: VerdictStatement): TargetModule => ({
  names: [name],
  options: optionTable({}),
  read: () => [statement],
  write: (written) =>
    written.kind === 'verdict' && written.verdict.kind === statement.verdict.kind ? name : undefined,
});

export const acceptTarget = plain('ACCEPT', accept);
export const dropTarget = plain('DROP', drop);
export const returnTarget = plain('RETURN', returnFromChain);
export const continueTarget = plain('CONTINUE', { kind: 'verdict', verdict: { kind: 'continue' } });

/** The older spelling of `-j CT --notrack`. */
export const notrackTarget: TargetModule = {
  names: ['NOTRACK'],
  options: optionTable({}),
  read: () => [{ kind: 'notrack' }],
  write: () => undefined,
};

function queueText(name: string, options: readonly OptionUse[]): string {
  return [name, ...options.flatMap((option) => [`--${option.name}`, ...option.values])].join(' ');
}

const queueOptions = { 'queue-num': 1, 'queue-balance': 1, 'queue-bypass': 0, 'queue-cpu-fanout': 0 };

/** The verdict's text is the target with its options as iptables writes them. */
export const queue: TargetModule = {
  names: ['QUEUE', 'NFQUEUE'],
  options: optionTable(queueOptions),
  read: (options, _context, name) => {
    if (options.some((option) => option.negated || option.values.some((value) => !/^\d+(:\d+)?$/.test(value))))
      return undefined;
    return [{ kind: 'verdict', verdict: { kind: 'queue', text: queueText(name, options) } }];
  },
  write: (statement) => {
    if (statement.kind !== 'verdict' || statement.verdict.kind !== 'queue') return undefined;
    const { text } = statement.verdict;
    return /^(QUEUE|NFQUEUE)( --queue-(bypass|cpu-fanout|num \d+|balance \d+:\d+))*$/.test(text) ? text : undefined;
  },
};

/** `-j CT --notrack`; other things that CT attaches to a connection have no statement. */
export const ctTarget: TargetModule = {
  names: ['CT'],
  options: optionTable({
    notrack: 0,
    helper: 1,
    zone: 1,
    'zone-orig': 1,
    'zone-reply': 1,
    timeout: 1,
    ctevents: 1,
    expevents: 1,
  }),
  read: (options) =>
    options.length === 1 && options[0]?.name === 'notrack' && !options[0].negated ? [{ kind: 'notrack' }] : undefined,
  write: (statement) => (statement.kind === 'notrack' ? 'CT --notrack' : undefined),
};
