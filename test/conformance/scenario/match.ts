/** Comparing results with what is expected: `*` is any text, `<a-b>` a number of a range, `<!n>` any number but n. */

export function matches(expected: unknown, got: unknown): boolean {
  if (typeof expected === 'string' && typeof got === 'string') return matchesText(expected, got);
  if (Array.isArray(expected) && Array.isArray(got)) {
    return expected.length === got.length && expected.every((entry, index) => matches(entry, got[index]));
  }
  if (isRecord(expected) && isRecord(got)) {
    return Object.entries(expected).every(([key, value]) => key in got && matches(value, got[key]));
  }
  return expected === got;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/* Walked by hand: results with traces are too long for regular expressions. */
function matchesText(expected: string, got: string): boolean {
  const parts = expected.split(/(\*|<!?\d+(?:-\d+)?>)/).filter((part) => part !== '');
  return matchesFrom(parts, 0, got, 0);
}

function matchesFrom(parts: readonly string[], first: number, got: string, start: number): boolean {
  let at = start;
  for (let index = first; index < parts.length; index++) {
    const part = parts[index] ?? '';
    if (part === '*') {
      if (index === parts.length - 1) return true;
      for (let place = at; place <= got.length; place++) if (matchesFrom(parts, index + 1, got, place)) return true;
      return false;
    }
    if (/^<!?\d+(?:-\d+)?>$/.test(part)) {
      const digits = /^\d+/.exec(got.slice(at, at + 20))?.[0];
      if (digits === undefined || !withinRange(part.slice(1, -1), Number(digits))) return false;
      at += digits.length;
    } else if (got.startsWith(part, at)) at += part.length;
    else return false;
  }
  return at === got.length;
}

function withinRange(check: string, value: number): boolean {
  const negated = check.startsWith('!');
  const [low, high] = check.replace('!', '').split('-');
  const inside = Number(low) <= value && value <= Number(high ?? low);
  return inside !== negated;
}
