/** Hovering: what stands under the cursor, in words. */
import { catalogue } from '../../diagnostics/catalogue/index.ts';
import type { Span } from '../../source/span.ts';
import { type Context, formHelp } from '../../syntax/forms.ts';
import type { ContainerBlock, PolicyFile, Statement } from '../../syntax/tree.ts';
import type { EvaluatedExpectation, EvaluatedRules } from '../workspace/evaluation.ts';
import type { Part } from '../workspace/workspace.ts';
import { describeService, describeSubject } from './declared.ts';
import { explanationOf } from './explanations.ts';
import {
  describeAccess,
  describeAttach,
  describeExpectation,
  describeLink,
  describePublish,
  rulesText,
} from './statements.ts';

export interface HoverText {
  readonly markdown: string;
  /** What it is about. */
  readonly span: Span;
}

/** What is known about `expect` statements and about the rules of hosts. */
export interface Known {
  readonly resultOf: (analysis: Part['analysis'], span: Span) => EvaluatedExpectation | undefined;
  readonly rulesOf: (analysis: Part['analysis'], host: string) => EvaluatedRules | undefined;
}

/** `known` waits for what is being found out. */
export async function hoverAt(part: Part, offset: number, known: () => Promise<Known>): Promise<HoverText | undefined> {
  const { file, analysis } = part;
  const comment = file.comments.find(({ span }) => holds(span, offset));
  if (comment !== undefined) return hoverCode(comment.span, offset);
  const name = analysis.names.at(file.source.name, offset);
  if (name !== undefined) {
    const markdown = name.space === 'interface' ? undefined : await describeName(part, name.space, name.text, known);
    if (markdown !== undefined) return { markdown, span: name.span };
  }
  const statement = file.statements.find(({ span }) => holds(span, offset));
  if (statement === undefined || /\s/.test(file.source.text.charAt(offset))) return undefined;
  return hoverStatement(part, statement, offset, known);
}

function holds({ start, end }: Span, offset: number): boolean {
  return start <= offset && offset <= end;
}

/** The title of a code in a comment. */
function hoverCode({ file, start, end }: Span, offset: number): HoverText | undefined {
  for (const match of file.text.slice(start, end).matchAll(/CTFW\d{4}/g)) {
    const span = { file, start: start + match.index, end: start + match.index + match[0].length };
    const entry = catalogue.find(({ code }) => code === match[0]);
    if (entry !== undefined && holds(span, offset))
      return { markdown: `**${entry.code}** (${entry.severity}): ${entry.title}\n\n${entry.explanation}`, span };
  }
  return undefined;
}

async function describeName(
  { analysis }: Part,
  space: 'subject' | 'service',
  text: string,
  known: () => Promise<Known>,
): Promise<string | undefined> {
  if (space === 'subject') {
    const described = describeSubject(analysis.model, text);
    const isHost = described !== undefined && analysis.model.hosts.some(({ name }) => name === text);
    return isHost ? `${described}\n- ${rulesText((await known()).rulesOf(analysis, text))}` : described;
  }
  for (const { statements } of analysis.files)
    for (const statement of statements)
      if (statement.kind === 'service' && statement.name.text === text) return describeService(statement);
  return undefined;
}

async function hoverStatement(
  part: Part,
  statement: Statement,
  offset: number,
  known: () => Promise<Known>,
): Promise<HoverText | undefined> {
  const { model } = part.analysis;
  const { span } = statement;
  const about = (markdown: string | undefined): HoverText | undefined =>
    markdown === undefined ? general(part.file, 'file', span) : { markdown, span };
  switch (statement.kind) {
    case 'allow':
    case 'deny':
      return about(describeAccess(model, span));
    case 'link':
      return about(describeLink(model, span));
    case 'expect':
      return about(describeExpectation(model, span, (await known()).resultOf(part.analysis, span)));
    case 'container':
      return hoverContainer(part, statement, offset);
    case 'host':
    case 'network':
      return hoverBlock(part.file, statement, offset);
    default:
      return about(undefined);
  }
}

function hoverContainer({ analysis, file }: Part, block: ContainerBlock, offset: number): HoverText | undefined {
  const item = block.items.find(({ span }) => holds(span, offset));
  if (item === undefined) return general(file, 'file', block.span);
  const { model } = analysis;
  const name = block.name.text;
  if (item.kind === 'attach') {
    const option = item.options.find(({ span }) => holds(span, offset));
    if (option !== undefined) return general(file, 'attach', option.span);
  }
  const markdown =
    item.kind === 'publish'
      ? describePublish(model, name, item.span)
      : item.kind === 'attach'
        ? describeAttach(model, name, item.span)
        : undefined;
  return markdown === undefined ? general(file, 'container', item.span) : { markdown, span: item.span };
}

function hoverBlock(
  file: PolicyFile,
  block: Extract<Statement, { kind: 'host' | 'network' }>,
  offset: number,
): HoverText | undefined {
  const item = block.items.find(({ span }) => holds(span, offset));
  if (item === undefined) return general(file, 'file', block.span);
  if (item.kind === 'interface') {
    const inner = item.items.find(({ span }) => holds(span, offset));
    if (inner !== undefined) return general(file, 'interface', inner.span);
  }
  return general(file, block.kind, item.span);
}

/** What statements of a keyword do, and how they are written. */
function general({ source }: PolicyFile, context: Context, span: Span): HoverText | undefined {
  const keyword = /^[a-z-]+/.exec(source.text.slice(span.start, span.start + 32))?.[0] ?? '';
  const explanation = explanationOf(context, keyword);
  const form = formHelp(context, keyword);
  if (explanation === '' || form === undefined) return undefined;
  return { markdown: `**${keyword}**: ${explanation}\n\n${form}`, span };
}
