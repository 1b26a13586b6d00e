/** Senders and receivers in words: by the names that people gave them where those fit exactly, else by interface and address. */
import { empty, type SetId } from '../sets/diagrams.ts';
import { countClasses } from '../space/count.ts';
import { groupsBy, valuesOf } from '../space/groups.ts';
import type { Axes } from './axes.ts';
import type { NamedPlace } from './places.ts';
import { addressTexts, listed } from './ranges.ts';

type EndAxis = 'from' | 'to';

export interface Ends {
  /** Names of places, or interfaces with addresses. */
  readonly names: readonly string[];
  /** Everyone but those. */
  readonly except: boolean;
}

export class EndNames {
  private readonly axes: Axes;
  private readonly places: readonly NamedPlace[];

  constructor(axes: Axes, places: readonly NamedPlace[]) {
    this.axes = axes;
    this.places = places;
  }

  /** Names what a set holds among those that are asked about. */
  of(axis: EndAxis, set: SetId, asked: SetId): Ends {
    const { diagrams } = this.axes.space;
    const wanted = diagrams.intersect(set, asked);
    if (wanted === asked) return { names: [], except: true };
    const direct = this.named(axis, wanted, asked);
    if (direct.rest === empty && direct.names.length <= 2) return { names: direct.names, except: false };
    const others = this.named(axis, diagrams.subtract(asked, wanted), asked);
    if (others.rest === empty && others.names.length <= 3 && others.names.length <= direct.names.length + 1)
      return { names: others.names, except: true };
    return { names: [...direct.names, ...this.raw(axis, direct.rest, asked)], except: false };
  }

  /** Places that lie in the set, the largest first, as long as they add something. */
  private named(axis: EndAxis, set: SetId, asked: SetId): { readonly names: readonly string[]; readonly rest: SetId } {
    const { space } = this.axes;
    const { diagrams } = space;
    const fitting = this.places.flatMap((place, order) => {
      const own = diagrams.intersect(place[axis], asked);
      if (own === empty || !diagrams.includes(set, own)) return [];
      return [
        {
          name: place.name,
          own,
          order,
          size: countClasses(space, own, axis === 'to' ? ['destination'] : ['origin', 'source']),
        },
      ];
    });
    fitting.sort((left, right) =>
      left.size > right.size ? -1 : left.size < right.size ? 1 : left.order - right.order,
    );
    const names: string[] = [];
    let rest = set;
    for (const { name, own } of fitting) {
      if (rest === empty) break;
      if (diagrams.intersect(rest, own) === empty) continue;
      names.push(name);
      rest = diagrams.subtract(rest, own);
    }
    return { names: [...new Set(names)], rest };
  }

  private raw(axis: EndAxis, set: SetId, asked: SetId): readonly string[] {
    if (set === empty) return [];
    const { space } = this.axes;
    if (axis === 'to') return addressTexts(space.family, valuesOf(space, set, 'destination'));
    return groupsBy(space, set, 'origin').flatMap(({ values, rest }) => {
      const origins = space.origins.filter((_, index) =>
        values.some(({ first, last }) => index >= first && index <= last),
      );
      const names = new Set(
        origins.map(({ input, bridge, device }) =>
          bridge !== undefined && !this.isWhole(input, origins.length) ? `${device}` : input,
        ),
      );
      return [...names].flatMap((name) => {
        const where = name === undefined ? 'the host itself' : name;
        const all = groupsBy(
          space,
          space.diagrams.intersect(
            asked,
            space.originsWhere(({ input }) => input === name),
          ),
          'origin',
        );
        if (all.length === 1 && all[0]?.rest === rest) return [name === undefined ? where : `anyone on ${where}`];
        const addresses = listed(addressTexts(space.family, valuesOf(space, rest, 'source')), 4);
        return [name === undefined ? `${where} as ${addresses}` : `${addresses} on ${where}`];
      });
    });
  }

  /** Whether that many origins are all that a bridge has. */
  private isWhole(input: string | undefined, count: number): boolean {
    return this.axes.space.origins.filter((origin) => origin.input === input).length <= count;
  }
}

/** `anyone`, `web, db`, `anyone but office`. */
export function endsText({ names, except }: Ends, all: string): string {
  if (!except) return names.join(', ');
  return names.length === 0 ? all : `${all} but ${names.join(', ')}`;
}
