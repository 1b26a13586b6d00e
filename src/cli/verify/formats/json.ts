/** Everything as JSON (docs/schemas/verify.json). */
import { positionAt } from '../../../source/span.ts';
import { formatVersion } from '../../io/diagnostics.ts';
import { flowToJson, wayToJson } from '../../trace/trace-json.ts';
import { countOf, type VerifyReport } from '../report.ts';
import type { Result } from '../result.ts';

export function jsonFormat({ policies, results }: VerifyReport): string {
  const document = {
    formatVersion,
    kind: 'verify',
    policies,
    passed: countOf(results, 'passed'),
    failed: countOf(results, 'failed'),
    unknown: countOf(results, 'unknown'),
    warnings: countOf(results, 'warning'),
    skipped: countOf(results, 'skipped'),
    results: results.map(resultToJson),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function resultToJson({ policy, rule, host, judge, name, outcome, message, help, span, evidence }: Result): object {
  return {
    policy,
    rule,
    host,
    judge,
    name,
    outcome,
    message,
    help,
    ...(span === undefined
      ? {}
      : {
          file: span.file.name,
          range: { start: positionAt(span.file, span.start), end: positionAt(span.file, span.end) },
        }),
    ...(evidence === undefined
      ? {}
      : { flow: flowToJson(evidence.flow), ways: evidence.ways.map((way) => wayToJson(way, evidence.texts)) }),
  };
}
