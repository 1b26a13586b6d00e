/** Names that are referred to: finds what they mean, and says what is wrong when they mean nothing or something else. */
import { unknownName, unknownService, wrongKind } from '../diagnostics/catalogue/names.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import { suggest } from '../diagnostics/suggest.ts';
import type { Span } from '../source/span.ts';
import type { ServiceStatement } from '../syntax/tree.ts';
import type { Declaration, Declarations, DeclaredKind } from './declarations.ts';
import { declarationOfService } from './well-known-services.ts';

export interface Reference {
  readonly text: string;
  readonly span: Span;
}

/** `purpose` ends the sentence "... , but PURPOSE": what is expected at that place. */
export interface Lookup {
  /** The declaration of a name, if it is of one of the kinds; otherwise the reason is reported. */
  readonly subject: <Kind extends DeclaredKind>(
    name: Reference,
    kinds: readonly Kind[],
    purpose: string,
  ) => Extract<Declaration, { kind: Kind }> | undefined;
  readonly service: (name: Reference) => ServiceStatement | undefined;
}

/** Looking for similar names costs time with the number of declared names: more unknown names than this get no suggestion. */
const suggestionBudget = 64;

const everyKind: readonly DeclaredKind[] = ['host', 'network', 'container', 'zone', 'group'];

export function lookupIn(declarations: Declarations, onDiagnostic: (diagnostic: Diagnostic) => void): Lookup {
  const suggestions = new Map<string, string | undefined>();

  function similar(word: string, kinds: readonly DeclaredKind[]): string | undefined {
    const key = `${kinds.join(' ')}:${word}`;
    if (!suggestions.has(key)) {
      if (suggestions.size >= suggestionBudget) return undefined;
      const candidates: string[] = [];
      for (const [name, declaration] of declarations.subjects)
        if (kinds.includes(declaration.kind)) candidates.push(name);
      suggestions.set(key, suggest(word, candidates));
    }
    return suggestions.get(key);
  }

  function similarService(word: string): string | undefined {
    const key = `service:${word}`;
    if (!suggestions.has(key)) {
      if (suggestions.size >= suggestionBudget) return undefined;
      suggestions.set(key, suggest(word, [...declarations.services.keys()]));
    }
    return suggestions.get(key);
  }

  function unknownSubject(name: Reference, kinds: readonly DeclaredKind[]): void {
    const guess = similar(name.text, kinds);
    const what = kinds.length === everyKind.length ? 'nothing' : `no ${kinds.join(' or ')}`;
    onDiagnostic(
      report(unknownName, name.span, `${what} is declared under the name \`${name.text}\``, {
        ...(guess === undefined
          ? helpFor(name.text)
          : { help: `did you mean \`${guess}\`?`, edit: replacement(name, guess) }),
      }),
    );
  }

  function helpFor(text: string): { readonly help?: string } {
    const service = declarations.services.get(text);
    if (service !== undefined) return { help: `\`${text}\` is a service, and services come after both sides` };
    if (['all', 'everyone', 'everything', '*'].includes(text.toLowerCase()))
      return { help: 'everything is written `any`' };
    if (text === 'host' && declarations.hosts.length === 0)
      return { help: 'to speak of the host, declare it: `host NAME { }`' };
    if (['internet', 'outside', 'world', 'wan', 'lan'].includes(text.toLowerCase()))
      return { help: `what lies outside the host is named with a zone: \`zone ${text} = any on INTERFACE\`` };
    return {};
  }

  return {
    subject(name, kinds, purpose) {
      const found = declarations.subjects.get(name.text);
      if (found === undefined) {
        unknownSubject(name, kinds);
        return undefined;
      }
      if (isOneOf(found, kinds)) return found;
      onDiagnostic(
        report(wrongKind, name.span, `\`${name.text}\` is a ${found.kind}, but ${purpose}`, {
          related: [{ span: found.name.span, message: `the ${found.kind} is declared here` }],
        }),
      );
      return undefined;
    },
    service(name) {
      const found = declarations.services.get(name.text);
      if (found !== undefined) return found;
      const guess = similarService(name.text);
      const subject = declarations.subjects.get(name.text);
      onDiagnostic(
        report(unknownService, name.span, `no service is declared under the name \`${name.text}\``, {
          ...(guess === undefined ? {} : { edit: replacement(name, guess) }),
          help:
            guess !== undefined
              ? `did you mean \`${guess}\`?`
              : subject !== undefined
                ? `\`${name.text}\` is a ${subject.kind}; several subjects of one side are separated by commas`
                : `declare it: \`${declarationOfService(name.text)}\`, or write the ports themselves`,
        }),
      );
      return undefined;
    },
  };
}

function isOneOf<Kind extends DeclaredKind>(
  declaration: Declaration,
  kinds: readonly Kind[],
): declaration is Extract<Declaration, { kind: Kind }> {
  return (kinds as readonly DeclaredKind[]).includes(declaration.kind);
}

function replacement(name: Reference, guess: string): { span: Span; replacement: string; safe: boolean } {
  return { span: name.span, replacement: guess, safe: false };
}
