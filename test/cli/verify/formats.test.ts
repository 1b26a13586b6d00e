/** Each format as a whole (golden/), and what its readers insist on. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { humanFormat } from '../../../src/cli/verify/formats/human.ts';
import { type FormatName, formatNames, formats } from '../../../src/cli/verify/formats/index.ts';
import type { VerifyReport } from '../../../src/cli/verify/report.ts';
import { schemaErrors } from '../schema.ts';
import { sampleReport } from './report.ts';

const folder = join(import.meta.dirname, 'golden');

const formatted = (name: FormatName, report: VerifyReport = sampleReport): string =>
  name === 'human' ? humanFormat(report, false) : formats[name](report);

test.each(formatNames)('%s is as reviewed (UPDATE_FIXTURES=1 rewrites it)', (name) => {
  const path = join(folder, `${name}.txt`);
  if (process.env.UPDATE_FIXTURES === '1') {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, formatted(name));
  }
  expect(formatted(name)).toBe(readFileSync(path, 'utf8'));
});

test.each(formatNames)('%s of nothing', (name) => {
  expect(formatted(name, { ...sampleReport, results: [] })).toMatch(/\n$/);
});

test('JSON is as published', () => {
  const document = JSON.parse(formatted('json'));
  expect(schemaErrors('verify', document)).toEqual([]);
  expect(document).toMatchObject({ passed: 1, failed: 1, unknown: 1, warnings: 1, skipped: 1 });
  expect(schemaErrors('verify', { ...document, results: [{}] })).not.toEqual([]);
});

describe('JUnit', () => {
  test('is well-formed XML: every element closed, nothing unescaped, no forbidden character', () => {
    const text = formatted('junit');
    const open: string[] = [];
    const rest = text
      .replace(/<\?xml[^?]*\?>\n/, '')
      .replace(/<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>/g, (_, end, name, _attributes, empty) => {
        if (end === '/') expect(open.pop()).toBe(name);
        else if (empty === '') open.push(name);
        return '';
      });
    expect(open).toEqual([]);
    expect(rest).not.toMatch(/[<>]/);
    expect(text.replace(/&(amp|lt|gt|quot|#9|#10|#13);/g, '')).not.toContain('&');
    expect(text).not.toContain('\u0007');
  });

  test('counts what it holds', () => {
    expect(formatted('junit')).toMatch(/<testsuites name="[^"]*" tests="5" failures="1" errors="1" skipped="1">/);
  });
});

describe('GitHub', () => {
  const lines = formatted('github').split('\n');

  test('one line an annotation: line breaks and the like are escaped', () => {
    expect(lines.filter((line) => line.startsWith('::'))).toHaveLength(3);
    expect(lines[0]).toMatch(
      /^::error file=policies\/my policy%2C 100%25\.ctfw,line=2,endLine=3,title=ctfw expectation \(nft\)::/,
    );
    expect(lines[0]).toContain('100%25 of "a" & <b>%0Asecond line');
  });

  test('columns are said only within one line', () => {
    expect(lines[0]).not.toContain('col=');
    expect(lines[2]).toContain('line=1,endLine=1,col=17,endColumn=37');
  });
});

describe('TAP', () => {
  const lines = formatted('tap').split('\n');

  test('a version, a plan, and as many points', () => {
    expect(lines.slice(0, 2)).toEqual(['TAP version 14', '1..5']);
    expect(lines.filter((line) => /^(not )?ok \d+ - /.test(line))).toHaveLength(5);
    expect(lines.filter((line) => line.startsWith('not ok'))).toHaveLength(2);
  });

  test('a hash is no directive unless it is one', () => {
    expect(
      lines.filter((line) => !line.startsWith('  ')).filter((line) => / # /.test(line.replaceAll('\\#', ''))),
    ).toEqual(['ok 5 - kernel: real packets # SKIP no lab here']);
  });

  test('YAML blocks are opened, closed and indented', () => {
    expect(lines.filter((line) => line === '  ---')).toHaveLength(3);
    expect(lines.filter((line) => line === '  ...')).toHaveLength(3);
  });
});

describe('SARIF', () => {
  interface Sarif {
    readonly version: string;
    readonly runs: readonly {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex?: number;
        readonly level: string;
        readonly partialFingerprints: Readonly<Record<string, string>>;
        readonly locations: readonly [
          { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } },
        ];
      }[];
    }[];
  }
  const parse = (report: VerifyReport) => (JSON.parse(formatted('sarif', report)) as Sarif).runs[0];
  const run = parse(sampleReport);

  test('rule indices lead to the rules', () => {
    const ids = run?.tool.driver.rules.map(({ id }) => id);
    expect(run?.results.map(({ ruleId, ruleIndex }) => ids?.[ruleIndex ?? -1] === ruleId)).toEqual([true, true, true]);
  });

  test('what cannot be told counts as a failure; what passed is not told', () => {
    expect(run?.results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      ['expectation', 'error'],
      ['agreement', 'error'],
      ['CTFW3016', 'warning'],
    ]);
  });

  test('paths are URIs', () => {
    expect(run?.results[0]?.locations[0].physicalLocation.artifactLocation.uri).toBe(
      'policies/my%20policy,%20100%25.ctfw',
    );
  });

  test('fingerprints stay when lines move, and differ between results', () => {
    const prints = run?.results.map(({ partialFingerprints }) => partialFingerprints['ctfw/v1']);
    expect(new Set(prints).size).toBe(3);
    const text = sampleReport.results.find(({ span }) => span !== undefined)?.span?.file.text ?? '';
    const file = { name: sampleReport.policies[0] ?? '', text: `\n\n${text}` };
    const moved = sampleReport.results.map((result) =>
      result.span === undefined
        ? result
        : {
            ...result,
            name: result.name.replace('line 2', 'line 4'),
            span: { file, start: result.span.start + 2, end: result.span.end + 2 },
          },
    );
    const after = parse({ ...sampleReport, results: moved });
    expect(after?.results.map(({ partialFingerprints }) => partialFingerprints['ctfw/v1'])).toEqual(prints);
  });
});
