/** Lines of a path as text: places on the left, policy lines on the right. */
import { styleText } from 'node:util';
import { visible } from '../../diagnostics/display.ts';
import type { PathLine, Tone } from './path.ts';

type Format = Parameters<typeof styleText>[0];

const formats: Readonly<Record<Tone, Format | undefined>> = {
  plain: undefined,
  good: 'green',
  bad: ['bold', 'red'],
  change: 'yellow',
  quiet: 'dim',
};

/** Texts longer than this push their origins to the right. */
const textWidth = 58;

export type Paint = (format: Format | undefined, text: string) => string;

export function painter(color: boolean): Paint {
  return (format, text) => (color && format !== undefined ? styleText(format, text, { validateStream: false }) : text);
}

export function printPath(lines: readonly PathLine[], paint: Paint, indent = '  '): string {
  const width = Math.max(0, ...lines.map(({ where }) => where.length));
  return lines
    .map(({ where, text, tone, isDetail, origins }) => {
      const shown = visible(`${isDetail ? '  ' : ''}${text}`);
      const from = [...new Set(origins.map(({ file, line }) => `${file}:${line}`))].map(visible).join(', ');
      const behind = from === '' ? '' : `${' '.repeat(Math.max(2, textWidth - shown.length))}${paint('cyan', from)}`;
      if (shown === '') return `${indent}${paint('bold', visible(where))}\n`;
      return `${indent}${paint('bold', visible(where).padEnd(width))}  ${paint(formats[tone], shown)}${behind}\n`;
    })
    .join('');
}
