/** What the policy says in vain, and what it opens without an expectation that speaks of it. */
import { positionAt, type Span } from '../../../source/span.ts';
import type { Finding } from '../../../verifier/verifier.ts';
import type { Check, Subject } from '../check.ts';
import type { Result } from '../result.ts';

export const findingsCheck: Check = {
  rule: 'finding',
  title: 'A statement of the policy decides about no packet',
  explanation:
    'Found by the verifier, for all packets: an allow of what is allowed anyway or denied altogether, a deny of what would not ' +
    'pass anyway, a publication that nobody may use. Such a statement says something that its writer did not mean.',
  needsKernel: false,
  run: async ({ compiled, answers }) => {
    const base = { rule: findingsCheck.rule, host: compiled.host.name, judge: 'policy' };
    const { findings } = answers.findings;
    if (findings.length === 0)
      return [
        { ...base, name: 'every statement', outcome: 'passed', message: 'each of them decides about some packet' },
      ];
    return findings.map((finding): Result => {
      const { span } = finding;
      return {
        ...base,
        name: `${place(span)}: ${textOf(span)}`,
        outcome: 'warning',
        message: messageOf(finding),
        span,
      };
    });
  },
};

export const coverageCheck: Check = {
  rule: 'coverage',
  title: 'A port that is open to the outside has no expectation',
  explanation:
    'Whatever a publication or an allow lets in from outside should be spoken of by an `expect`, allowed or blocked: then it is ' +
    'noticed when it changes. `--coverage-threshold N` fails below N percent of the statements that open something.',
  needsKernel: false,
  run: async (subject) => coverage(subject),
};

function coverage({ compiled, answers, coverageThreshold }: Subject): readonly Result[] {
  const { openings } = answers.findings;
  const base = { rule: coverageCheck.rule, host: compiled.host.name, judge: 'policy' };
  const missing = openings.filter(({ covered }) => !covered);
  const percent =
    openings.length === 0 ? 100 : Math.floor(((openings.length - missing.length) / openings.length) * 100);
  const sum = `${openings.length - missing.length} of ${openings.length} statements that open something to the outside have an expectation (${percent} %)`;
  const fails = coverageThreshold !== undefined && percent < coverageThreshold;
  const told =
    coverageThreshold === undefined
      ? []
      : missing.map(({ span }): Result => {
          const message = 'open to the outside, and no expectation speaks of it';
          return { ...base, name: `${place(span)}: ${textOf(span)}`, outcome: 'warning', message, span };
        });
  const result: Result = {
    ...base,
    name: 'expectation coverage',
    outcome: fails ? 'failed' : 'passed',
    message: fails ? `${sum}, which is less than ${coverageThreshold} %` : sum,
  };
  return [...told, result];
}

function messageOf(finding: Finding): string {
  const by = finding.by.map((span) => `line ${positionAt(span.file, span.start).line}`).join(', ');
  if (finding.kind === 'unreachable-publication')
    return by === '' ? 'no packet reaches it' : `nobody may use it: all of it is denied (${by})`;
  switch (finding.because) {
    case 'no packet':
      return 'there is no packet that it speaks of';
    case 'denied':
      return `all of it is denied${by === '' ? '' : ` (${by})`}, and a deny beats an allow`;
    case 'covered':
      return by === '' ? 'without it the policy means the same' : `without it the policy means the same: see ${by}`;
  }
}

const place = (span: Span): string => `line ${positionAt(span.file, span.start).line}`;

function textOf(span: Span): string {
  return span.file.text.slice(span.start, span.end).replace(/\s+/g, ' ').trim();
}
