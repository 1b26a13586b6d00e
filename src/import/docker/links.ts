/** Links of an inspected container. */
import { badShape } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import { readDomainName } from '../reading/domain-name.ts';
import type { MappingEntry } from '../reading/node.ts';
import { shorten } from '../reading/shorten.ts';
import type { InspectedLink } from './inspected.ts';
import type { Reading } from './reading.ts';
import { readTexts } from './values.ts';

/** The entries of `Links`: `/db:/web/database` on the default bridge, `db:database` on networks that users made. */
export function readLinks(reading: Reading, entry: MappingEntry | undefined): readonly InspectedLink[] {
  return readTexts(reading, entry).flatMap(({ value, span }) => {
    const colon = value.indexOf(':');
    const target = (colon === -1 ? value : value.slice(0, colon)).replace(/^\//, '');
    const written =
      colon === -1
        ? target
        : (value
            .slice(colon + 1)
            .split('/')
            .at(-1) ?? '');
    if (target === '') {
      reading.add(report(badShape, span, `\`${shorten(value)}\` is no link: it is written \`TARGET:ALIAS\`.`));
      return [];
    }
    const alias =
      written === target || written === '' ? undefined : readDomainName(reading, { value: written, span }, 'alias');
    return [{ target: { text: target, span }, alias, span }];
  });
}
