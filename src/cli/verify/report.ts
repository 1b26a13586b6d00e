/** All results of one run, and what every format says about them alike. */
import { pathOf } from '../trace/path.ts';
import { painter, printPath } from '../trace/print-path.ts';
import { type Evidence, isFailure, type Result, type ResultOutcome } from './result.ts';

/** What a rule id means, for formats that list rules. */
export interface RuleDescription {
  readonly rule: string;
  readonly title: string;
  readonly explanation: string;
  /** How bad it is, where results do not say otherwise. */
  readonly level: 'error' | 'warning';
}

export interface VerifyReport {
  readonly version: string;
  /** Names of the files. */
  readonly policies: readonly string[];
  readonly results: readonly Result[];
  readonly rules: readonly RuleDescription[];
}

/** The text of a whole document. */
export type Format = (report: VerifyReport) => string;

export function countOf(results: readonly Result[], ...outcomes: readonly ResultOutcome[]): number {
  return results.filter(({ outcome }) => outcomes.includes(outcome)).length;
}

export function hasFailed({ results }: VerifyReport): boolean {
  return results.some(isFailure);
}

/** The packet's way through the rules, as plain lines; one block a way. */
export function evidenceText({ ways, texts, nameOf, namesHosts = false }: Evidence): string {
  const options = { verbose: false, texts, nameOf, namesHosts };
  return ways
    .map((way, index) => {
      const title = ways.length > 1 ? `way ${index + 1} of ${ways.length}\n` : '';
      return `${title}${printPath(pathOf(way.steps, options), painter(false), '')}${way.verdict}${way.reason === '' ? '' : `: ${way.reason}`}\n`;
    })
    .join('');
}

/** Who judged: `nft`, with the host and the policy in front where there are several. */
export function judgesOf({ results, policies }: VerifyReport): (result: Result) => string {
  const hosts = new Set(results.flatMap(({ host, policy }) => (host === '' ? [] : [`${policy} ${host}`])));
  return ({ policy, host, judge }) =>
    [
      ...(policies.length > 1 && policy !== undefined ? [policy] : []),
      ...(hosts.size > policies.length && host !== '' ? [host] : []),
      judge,
    ].join(': ');
}

/** What the run was about, in a word or two. */
export function subjectOf({ policies }: VerifyReport): string {
  const [only, second] = policies;
  return second === undefined ? (only ?? 'nothing') : `${policies.length} policies`;
}
