/** The formats of `ctfw verify`. */
import { wantsColor } from '../../io/diagnostics.ts';
import type { Format } from '../report.ts';
import { githubFormat } from './github.ts';
import { humanFormat } from './human.ts';
import { jsonFormat } from './json.ts';
import { junitFormat } from './junit.ts';
import { sarifFormat } from './sarif.ts';
import { tapFormat } from './tap.ts';

export const formats = {
  human: (report) => humanFormat(report, wantsColor(process.stdout)),
  json: jsonFormat,
  junit: junitFormat,
  sarif: sarifFormat,
  github: githubFormat,
  tap: tapFormat,
} satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;
export const formatNames = Object.keys(formats) as readonly FormatName[];
