/** Completion: what may stand at the cursor, as the items that the editor shows. */
import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver';
import { catalogue } from '../../diagnostics/catalogue/index.ts';
import type { SourceFile, Span } from '../../source/span.ts';
import { type Context, forms } from '../../syntax/forms.ts';
import { explanationOf } from '../hover/explanations.ts';
import type { Places } from '../workspace/places.ts';
import type { Part } from '../workspace/workspace.ts';
import { type Candidate, candidatesFor } from './candidates.ts';
import type { PlaceFinder } from './place.ts';

/** The items for an offset of a document, best first. */
export function complete(
  part: Part,
  offset: number,
  findPlace: PlaceFinder,
  places: Places,
): readonly CompletionItem[] {
  const { source } = part.file;
  const codes = suppressionCodes(source, offset);
  if (codes !== undefined) return codes.candidates.map((candidate) => itemOf(candidate, codes.word, places));
  const place = findPlace(source, offset);
  if (place === undefined) return [];
  if (place.before.length === 0) return keywordItems(place.context, place.word, places);
  const candidates = new Map<string, Candidate>();
  for (const expected of place.expected)
    for (const candidate of candidatesFor({ analysis: part.analysis, place }, expected))
      if (!candidates.has(candidate.text)) candidates.set(candidate.text, candidate);
  return [...candidates.values()].map((candidate) => itemOf(candidate, place.word, places));
}

function itemOf({ text, kind, detail }: Candidate, word: Span, places: Places): CompletionItem {
  return { label: text, kind, detail, filterText: text, textEdit: { range: places.range(word), newText: text } };
}

/** The words that begin a statement in a context, each with its form and what it does. */
function keywordItems(context: Context, word: Span, places: Places): readonly CompletionItem[] {
  const range = places.range(word);
  return Object.entries(forms[context]).map(([text, form]) => ({
    label: text,
    kind: CompletionItemKind.Keyword,
    detail: form,
    documentation: explanationOf(context, text),
    textEdit: { range, newText: text },
  }));
}

/** In a comment behind `ctfw-ignore`: the codes of what can be suppressed. */
function suppressionCodes(
  file: SourceFile,
  offset: number,
): { readonly word: Span; readonly candidates: readonly Candidate[] } | undefined {
  const line = file.text.slice(file.text.lastIndexOf('\n', offset - 1) + 1, offset);
  const match = /#[ \t]*ctfw-ignore[ \t:](?:[ \t,]|CTFW\d{4}[ \t,])*(\w*)$/.exec(line);
  if (match === null) return undefined;
  const candidates = catalogue
    .filter(({ severity }) => severity !== 'error')
    .map(({ code, title }) => ({ text: code, kind: CompletionItemKind.Event, detail: title }));
  const rest = /^\w*/.exec(file.text.slice(offset, offset + 16))?.[0] ?? '';
  return { word: { file, start: offset - (match[1]?.length ?? 0), end: offset + rest.length }, candidates };
}
