/** Names of senders and receivers, against looking at every place in its turn. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Axes } from '../../../src/verifier/describe/axes.ts';
import { EndNames } from '../../../src/verifier/describe/ends.ts';
import type { NamedPlace } from '../../../src/verifier/describe/places.ts';
import { empty, type SetId } from '../../../src/verifier/sets/diagrams.ts';
import { countClasses } from '../../../src/verifier/space/count.ts';
import { exampleSpace, setOf, shapesAlongAxes } from './shapes.ts';

const runs = Number(process.env.CTFW_COVER_RUNS ?? 60);

/** Places in the order of their size, each that lies in the set and adds something. */
function plainly(axes: Axes, places: readonly NamedPlace[], axis: 'from' | 'to', set: SetId, asked: SetId) {
  const { diagrams, space } = axes;
  const fields = axis === 'to' ? (['destination'] as const) : (['origin', 'source'] as const);
  const largest = places
    .map((place) => ({ name: place.name, own: diagrams.intersect(place[axis], asked) }))
    .filter(({ own }) => own !== empty)
    .map((place, order) => ({ ...place, order, size: countClasses(space, place.own, fields) }))
    .sort((one, other) => (one.size > other.size ? -1 : one.size < other.size ? 1 : one.order - other.order));
  const names = new Set<string>();
  let rest = set;
  for (const { name, own } of largest) {
    if (!diagrams.includes(set, own) || !diagrams.meets(rest, own)) continue;
    names.add(name);
    rest = diagrams.subtract(rest, own);
  }
  return { names: [...names], rest };
}

test('names are those of the largest places that fit', () => {
  const seen = { few: 0, but: 0, many: 0, raw: 0 };
  const property = fc.property(
    fc.array(shapesAlongAxes, { minLength: 30, maxLength: 60 }),
    shapesAlongAxes,
    fc.array(fc.nat(), { maxLength: 6 }),
    fc.boolean(),
    fc.boolean(),
    fc.constantFrom('from' as const, 'to' as const),
    (lists, all, chosen, but, onlyErrors, axis) => {
      const space = exampleSpace();
      const { diagrams } = space;
      const axes = new Axes(space);
      const places = lists.map((list, index): NamedPlace => {
        // a box is a small place; some names are of two
        const set = setOf(space, list.slice(0, 1));
        const name = `place${index % 50}`;
        return { name, from: axes.along(set, 'from'), to: axes.along(set, 'to'), reached: empty };
      });
      const everywhere = [setOf(space, all), ...lists.slice(0, 20).map((list) => setOf(space, list))];
      const errors = space.classes('errorSource', (index) => index === 0);
      const union = diagrams.uniteAll(everywhere);
      // what is asked about may depend on who sends errors, which is on no axis
      const asked = axes.along(onlyErrors ? diagrams.intersect(union, errors) : union, axis);
      const some = diagrams.uniteAll(chosen.map((number) => places[number % places.length]?.[axis] ?? empty));
      const set = diagrams.intersect(but ? diagrams.subtract(asked, some) : some, asked);
      const ends = new EndNames(axes, places).of(axis, set, asked);
      const direct = plainly(axes, places, axis, set, asked);
      const others = plainly(axes, places, axis, diagrams.subtract(asked, set), asked);
      const most = Math.min(3, direct.names.length + 1);
      if (set === asked) expect(ends).toEqual({ names: [], except: true });
      else if (direct.rest === empty && direct.names.length <= 2) {
        expect(ends).toEqual({ names: direct.names, except: false });
        seen.few++;
      } else if (others.rest === empty && others.names.length <= most) {
        expect(ends).toEqual({ names: others.names, except: true });
        seen.but++;
      } else {
        expect(ends.except).toBe(false);
        expect(ends.names.slice(0, direct.names.length)).toEqual(direct.names);
        if (direct.rest === empty) expect(ends.names).toEqual(direct.names);
        seen[direct.rest === empty ? 'many' : 'raw']++;
      }
    },
  );
  fc.assert(property, { numRuns: runs * 3, endOnFailure: true });
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
}, 120_000);
