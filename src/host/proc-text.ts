/** Files of /proc, which may be gone or forbidden at any moment. */
import { readFileSync } from 'node:fs';

/** Empty where it cannot be read. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
