/** A trace for people: short by default, the deciding rule and its policy line, and whether the policy agrees. */
import { visible } from '../../diagnostics/display.ts';
import { renderExcerpt } from '../../diagnostics/render.ts';
import { describeDecision, describeWay } from '../../expectations/simulated/agreement.ts';
import type { SimulatedVerdict, SimulatedWay } from '../../expectations/simulated/judged-way.ts';
import { type Origin, positionAt, type SourceFile, type Span } from '../../source/span.ts';
import { decisiveStep, originsOf, placeText } from './decisive.ts';
import { type PathOptions, pathOf } from './path.ts';
import { type Paint, painter, printPath } from './print-path.ts';
import type { Judgement, Traced } from './tracing.ts';

export interface PrintOptions extends PathOptions {
  readonly color: boolean;
  /** What the packet is, in a line. */
  readonly title: string;
  /** The policy's files, by the names that rules know them by. */
  readonly files: ReadonlyMap<string, SourceFile>;
}

export function printTrace(traced: Traced, options: PrintOptions): string {
  const paint = painter(options.color);
  const parts = [
    `${paint('bold', options.title)}\n`,
    ...printWays(traced.ways, paint, options),
    ...(traced.judgement === undefined ? [] : [printJudgement(traced.judgement, paint, options)]),
    ...section('the reply', traced.reply, paint, options),
    ...section('a later packet of the connection', traced.later, paint, options),
  ];
  return parts.join('\n');
}

function section(
  title: string,
  ways: readonly SimulatedWay[] | undefined,
  paint: Paint,
  options: PrintOptions,
): readonly string[] {
  return ways === undefined ? [] : [`${paint('bold', title)}\n`, ...printWays(ways, paint, options)];
}

function printWays(ways: readonly SimulatedWay[], paint: Paint, options: PrintOptions): readonly string[] {
  const printed = ways.flatMap((way, index) => [
    ...(ways.length === 1 ? [] : [`${paint('bold', `way ${index + 1} of ${ways.length}`)}\n`]),
    printPath(pathOf(way.steps, options), paint),
    `${printVerdict(way, paint, options)}${printOrigin(way, options)}`,
  ]);
  return ways.length === 1 ? printed : [...printed, printDependence(ways, paint)];
}

/** What it depends on that there are several ways. */
function printDependence(ways: readonly SimulatedWay[], paint: Paint): string {
  const reasons = [...new Set(ways.flatMap(({ choices }) => choices.map((choice) => choice.replace(/: \d+$/, ''))))];
  const verdicts = [...new Set(ways.map(({ verdict }) => verdict))];
  const said =
    verdicts.length === 1 ? `${verdicts[0]} in every way` : `it cannot be told: ${verdicts.join(' or ')}, depending on`;
  const what = reasons.map((reason) => `  ${visible(reason)}\n`).join('');
  return `${paint(verdictFormats[verdicts.length === 1 ? (verdicts[0] ?? 'unknown') : 'unknown'], said)}${verdicts.length === 1 ? '; it depends on' : ''}\n${what}`;
}

const verdictFormats: Readonly<Record<SimulatedVerdict, Parameters<Paint>[0]>> = {
  allowed: ['bold', 'green'],
  blocked: ['bold', 'red'],
  rejected: ['bold', 'red'],
  unknown: ['bold', 'yellow'],
};

function printVerdict(way: SimulatedWay, paint: Paint, { texts }: PrintOptions): string {
  const verdict = paint(verdictFormats[way.verdict], way.verdict);
  if (way.verdict === 'allowed') return `${verdict}: ${describeWay(way)}\n`;
  const { place } = way;
  const where = place === undefined ? '' : placeText(place);
  if (way.verdict !== 'unknown') return `${verdict}: ${way.reason}${where === '' ? '' : ` (${where})`}\n`;
  const at = place === undefined ? '' : `\n  ${where}: ${texts.rule(place, way.host) ?? ''}`;
  return `${verdict}: it depends on something that ctfw does not model (${way.reason})${at}\n`;
}

/** The policy line of the rule that decided last. */
function printOrigin(way: SimulatedWay, options: PrintOptions): string {
  const span = originSpan(way, options.files);
  return span === undefined ? '' : renderExcerpt(span, 'by this line', { color: options.color });
}

function originSpan(way: SimulatedWay, files: ReadonlyMap<string, SourceFile>): Span | undefined {
  const origin = decisiveOrigin(way);
  const file = origin === undefined ? undefined : files.get(origin.file);
  return file === undefined || origin === undefined ? undefined : lineSpan(file, origin.line);
}

function decisiveOrigin(way: SimulatedWay): Origin | undefined {
  const step = decisiveStep(way);
  return step === undefined ? undefined : originsOf(way.steps).get(step)?.at(-1);
}

/** A whole line, without the space around it. */
function lineSpan(file: SourceFile, line: number): Span | undefined {
  const lines = file.text.split('\n');
  const text = lines[line - 1];
  if (text === undefined) return undefined;
  const said = text.replace(/\s+#[^"]*$/, '').trimEnd();
  const start = lines.slice(0, line - 1).reduce((length, before) => length + before.length + 1, 0);
  const lead = text.length - text.trimStart().length;
  return { file, start: start + lead, end: start + Math.max(lead, said.length) };
}

function printJudgement({ decision, isComparable, problem }: Judgement, paint: Paint, options: PrintOptions): string {
  const { span, text } = decision.because;
  const line = span === undefined ? '' : `line ${positionAt(span.file, span.start).line}, `;
  const says = `the policy says: ${decision.verdict} (${line}${text})`;
  if (!isComparable) return `${says}\n${paint('dim', 'it does not speak of what becomes of such a packet')}\n`;
  if (problem === undefined) return `${says}\n`;
  const excerpt = span === undefined ? '' : renderExcerpt(span, 'this decides', { color: options.color });
  const differ = paint(['bold', 'red'], 'policy and rules differ');
  return `${differ}\n  meant: ${describeDecision(decision)}\n  rules: ${problem}\n${excerpt}`;
}
