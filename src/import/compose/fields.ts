/** What a level of a compose file has left when everything known was taken: reported, so that no key is dropped silently. */
import { unknownKey } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { Fields } from '../reading/fields.ts';
import type { IgnoredScope } from '../reading/ignored.ts';
import type { Reading } from '../reading/reading.ts';

/** Reports what was not taken: known keys that do not matter and extension keys (`x-...`) as ignored, others one by one. */
export function finishFields(
  reading: Reading,
  fields: Fields,
  level: {
    readonly scope: IgnoredScope;
    readonly prefix: string;
    readonly irrelevant: ReadonlySet<string>;
    readonly what: string;
  },
): void {
  for (const { key } of fields.rest()) {
    if (level.irrelevant.has(key.text) || key.text.startsWith('x-')) {
      reading.ignore(level.scope, level.prefix + key.text, key.span);
      continue;
    }
    reading.add(
      report(
        unknownKey,
        key.span,
        `\`${key.text}\` is no key of ${level.what} that is known here, so it was not imported.`,
        {
          help: 'Compose refuses keys that it does not know; look for a misspelling. Own keys begin with `x-`.',
        },
      ),
    );
  }
}
