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

function matchesText(expected: string, got: string): boolean {
  const checks: string[] = [];
  const pattern = expected
    .split(/(\*|<!?\d+(?:-\d+)?>)/)
    .map((part) => {
      if (part === '*') return '.*';
      if (/^<!?\d+(?:-\d+)?>$/.test(part)) {
        checks.push(part.slice(1, -1));
        return '(\\d+)';
      }
      return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
  const found = new RegExp(`^${pattern}$`, 's').exec(got);
  return found !== null && checks.every((check, index) => withinRange(check, Number(found[index + 1])));
}

function withinRange(check: string, value: number): boolean {
  const negated = check.startsWith('!');
  const [low, high] = check.replace('!', '').split('-');
  const inside = Number(low) <= value && value <= Number(high ?? low);
  return inside !== negated;
}
