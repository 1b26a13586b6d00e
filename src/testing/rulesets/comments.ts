/** Random comments and places of origin. */

import fc from 'fast-check';
import type { Origin } from '../../source/span.ts';
import { between, chance, type Draw, many, pick } from './draw.ts';

export function drawOrigins(draw: Draw): readonly Origin[] {
  return many(draw, 0, 3, () => ({
    file: pick(draw, ['edge.ctfw', 'a/b c.ctfw', 'größe.ctfw', 'x,y;z.ctfw', `${'long'.repeat(30)}.ctfw`]),
    line: between(draw, 1, 5000),
  }));
}

export function drawComment(draw: Draw): { readonly origins: readonly Origin[]; readonly comment?: string } {
  const origins = drawOrigins(draw);
  if (chance(draw, 2)) return { origins };
  const comment = chance(draw, 2)
    ? draw(fc.string, { maxLength: 40, unit: 'binary' as const })
    : draw(fc.string, { maxLength: 200 });
  return { origins, comment };
}
