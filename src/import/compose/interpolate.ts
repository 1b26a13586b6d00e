/** Compose's variables in values: `$VAR`, `${VAR}`, defaults, required and alternative values, and `$$` for a dollar sign. */

export interface Interpolation {
  readonly text: string;
  /** Variables without a value and without a default; they count as empty. */
  readonly unset: readonly string[];
}

export type InterpolationResult = Interpolation | InterpolationFailure;

export interface InterpolationFailure {
  readonly problem: 'malformed' | 'required';
  /** What is wrong, as a sentence for people. */
  readonly message: string;
}

/** How deep defaults may nest (`${A:-${B:-...}}`). */
export const maximumNesting = 20;

type Environment = Readonly<Record<string, string>>;

/**
 * Replaces the variables of a text as compose does (compose-spec, "Interpolation"). `${A-x}`, `${A?x}` and `${A+x}` ask whether A is set, with a
 * colon before the sign whether it is set and not empty. Values of variables are taken as they are, never interpolated again.
 */
export function interpolate(text: string, environment: Environment): InterpolationResult {
  if (!text.includes('$')) return { text, unset: [] };
  return substitute(text, environment, 0);
}

function substitute(text: string, environment: Environment, depth: number): InterpolationResult {
  if (depth > maximumNesting)
    return { problem: 'malformed', message: `Variables are nested more than ${maximumNesting} levels deep here.` };
  const parts: string[] = [];
  const unset: string[] = [];
  let position = 0;
  while (position < text.length) {
    const dollar = text.indexOf('$', position);
    if (dollar === -1) break;
    parts.push(text.slice(position, dollar));
    const next = text[dollar + 1];
    if (next === '$') {
      parts.push('$');
      position = dollar + 2;
      continue;
    }
    const reference = next === '{' ? braced(text, dollar) : plain(text, dollar);
    if ('problem' in reference) return reference;
    const value = valueOfReference(reference, environment, depth);
    if ('problem' in value) return value;
    parts.push(value.text);
    for (const variable of value.unset) unset.push(variable);
    position = reference.end;
  }
  parts.push(text.slice(position));
  return { text: parts.join(''), unset };
}

/** A variable as a text refers to it; `end` is the offset behind the reference. */
interface Reference {
  readonly name: string;
  readonly operator: '' | '-' | ':-' | '?' | ':?' | '+' | ':+';
  readonly word: string;
  readonly end: number;
}

function malformed(text: string, start: number): InterpolationFailure {
  const shown = text.slice(start, start + 20);
  return {
    problem: 'malformed',
    message: `\`${shown}\` is no variable: write \`\${NAME}\`, \`\${NAME:-default}\`, or \`$$\` for a dollar sign.`,
  };
}

function plain(text: string, dollar: number): Reference | InterpolationFailure {
  const pattern = /[A-Za-z_][A-Za-z0-9_]*/y;
  pattern.lastIndex = dollar + 1;
  const name = pattern.exec(text)?.[0];
  if (name === undefined) return malformed(text, dollar);
  return { name, operator: '', word: '', end: dollar + 1 + name.length };
}

function braced(text: string, dollar: number): Reference | InterpolationFailure {
  const close = closingBrace(text, dollar);
  if (close === -1) return malformed(text, dollar);
  const match = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?+])(.*))?$/s.exec(text.slice(dollar + 2, close));
  const name = match?.[1];
  if (name === undefined) return malformed(text, dollar);
  return { name, operator: (match?.[2] ?? '') as Reference['operator'], word: match?.[3] ?? '', end: close + 1 };
}

/** The offset of the brace that closes the `${` at an offset, or -1. */
function closingBrace(text: string, dollar: number): number {
  let open = 0;
  for (let index = dollar; index < text.length; index++) {
    if (text[index] === '}') {
      open--;
      if (open === 0) return index;
    } else if (text[index] === '$' && text[index + 1] === '{') {
      open++;
      index++;
    }
  }
  return -1;
}

function valueOfReference(reference: Reference, environment: Environment, depth: number): InterpolationResult {
  const { name, operator, word } = reference;
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  const present = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
  switch (operator) {
    case '':
      return value === undefined ? { text: '', unset: [name] } : { text: value, unset: [] };
    case '-':
    case ':-':
      return present ? { text: value ?? '', unset: [] } : substitute(word, environment, depth + 1);
    case '+':
    case ':+':
      return present ? substitute(word, environment, depth + 1) : { text: '', unset: [] };
    case '?':
    case ':?': {
      if (present) return { text: value ?? '', unset: [] };
      const why = word === '' ? '' : `: ${word}`;
      return { problem: 'required', message: `The variable \`${name}\` has to be given a value${why}.` };
    }
  }
}
