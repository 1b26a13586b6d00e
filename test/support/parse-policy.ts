/** Parsing in tests: short ways to the tree and to the complaints. */
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { parsePolicy } from '../../src/syntax/parse.ts';
import type { Statement } from '../../src/syntax/tree.ts';

/** A complaint as `CODE text-it-is-about`. */
export function brief({ code, span }: Diagnostic): string {
  return `${code} ${JSON.stringify(span.file.text.slice(span.start, span.end))}`;
}

/** The complaints about a text, in order. */
export function complaints(text: string): string[] {
  return parsePolicy({ name: 'test.ctfw', text }).diagnostics.map(brief);
}

/** The statements of a text without mistakes; throws where there are any. */
export function statementsOf(text: string): readonly Statement[] {
  const { file, diagnostics } = parsePolicy({ name: 'test.ctfw', text });
  if (diagnostics.length > 0) throw new Error(`${diagnostics.map(({ message }) => message).join('; ')} in ${text}`);
  return file.statements;
}

/** The only statement of a text without mistakes. */
export function statementOf(text: string): Statement {
  const [statement, ...others] = statementsOf(text);
  if (statement === undefined || others.length > 0) throw new Error(`not one statement: ${text}`);
  return statement;
}
