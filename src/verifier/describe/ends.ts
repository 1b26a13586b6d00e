/** Senders and receivers in words: by the names that people gave them where those fit exactly, else by interface and address. */
import { empty, type SetId } from '../sets/diagrams.ts';
import { Landmarks } from '../sets/landmarks.ts';
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

interface Named {
  readonly names: readonly string[];
  /** What they leave. */
  readonly rest: SetId;
  /** Whether there are more names than were wanted. */
  readonly more: boolean;
}

/** A place, as far as it is asked about. */
interface PlaceAmong {
  readonly name: string;
  readonly own: SetId;
}

/** Places of about the same size, the largest first. */
interface PlacesAmong {
  readonly places: readonly PlaceAmong[];
  /** If a landmark is not in a set, its place is not. */
  readonly landmarks: Landmarks;
  /** Whether each of them is one sender or receiver: then its landmark is all of it. */
  readonly single: boolean;
}

/** The largest places are looked for first, and by themselves: they often are all that it takes. */
const fewPlaces = 32;

export class EndNames {
  private readonly axes: Axes;
  private readonly places: readonly NamedPlace[];
  /** Most lines that are told of a published port are about the same senders and receivers. */
  private readonly told = new Map<string, Ends>();
  private readonly amongs = new Map<string, readonly PlacesAmong[]>();

  constructor(axes: Axes, places: readonly NamedPlace[]) {
    this.axes = axes;
    this.places = places;
  }

  /** Names what a set holds among those that are asked about. */
  of(axis: EndAxis, set: SetId, asked: SetId): Ends {
    const key = `${axis} ${set} ${asked}`;
    let ends = this.told.get(key);
    if (ends === undefined) {
      ends = this.namesOf(axis, set, asked);
      this.told.set(key, ends);
    }
    return ends;
  }

  private namesOf(axis: EndAxis, set: SetId, asked: SetId): Ends {
    const { diagrams } = this.axes.space;
    const wanted = diagrams.intersect(set, asked);
    if (wanted === asked) return { names: [], except: true };
    const short = this.named(axis, wanted, asked, 2);
    if (short.rest === empty) return { names: short.names, except: false };
    const few = short.more ? 3 : short.names.length + 1;
    const others = this.named(axis, diagrams.subtract(asked, wanted), asked, few);
    if (others.rest === empty) return { names: others.names, except: true };
    const direct = short.more ? this.named(axis, wanted, asked) : short;
    return { names: [...direct.names, ...this.raw(axis, direct.rest, asked)], except: false };
  }

  /** Places that lie in the set, the largest first, as long as they add something and are not more than `most`. */
  private named(axis: EndAxis, set: SetId, asked: SetId, most = Number.POSITIVE_INFINITY): Named {
    const { diagrams } = this.axes.space;
    const names = new Set<string>();
    let rest = set;
    // What the axes do not tell (who sends errors) is nothing that landmarks know.
    const plain = !this.axes.tellAll(set) || !this.axes.tellAll(asked);
    for (const { places, landmarks, single: alone } of this.placesAmong(axis, asked)) {
      if (rest === empty) break;
      const single = alone && !plain;
      const candidates = plain
        ? places.keys()
        : [...landmarks.in(single ? rest : set)].sort((one, other) => one - other);
      // Single ones are all there unless another name has told the same one.
      const told = new Set<SetId>();
      for (const place of candidates) {
        const { name, own } = places[place] as PlaceAmong;
        if (single ? told.has(own) : !diagrams.meets(rest, own) || !diagrams.includes(set, own)) continue;
        if (names.size === most && !names.has(name)) return { names: [...names], rest, more: true };
        names.add(name);
        told.add(own);
        if (!single) rest = diagrams.subtract(rest, own);
      }
      if (single) rest = diagrams.subtract(rest, diagrams.uniteAll([...told]));
    }
    return { names: [...names], rest, more: false };
  }

  /** What of each place is asked about, the largest first. */
  private placesAmong(axis: EndAxis, asked: SetId): readonly PlacesAmong[] {
    const { space } = this.axes;
    const key = `${axis} ${asked}`;
    const known = this.amongs.get(key);
    if (known !== undefined) return known;
    const fields = axis === 'to' ? (['destination'] as const) : (['origin', 'source'] as const);
    const found = this.places.flatMap((place, order) => {
      const own = space.diagrams.intersect(place[axis], asked);
      if (own === empty) return [];
      return [
        {
          name: place.name,
          own,
          order,
          size: countClasses(space, own, fields),
        },
      ];
    });
    found.sort((left, right) => (left.size > right.size ? -1 : left.size < right.size ? 1 : left.order - right.order));
    const several = found.findLastIndex(({ size }) => size > 1n) + 1;
    const parts = [found.slice(0, Math.min(fewPlaces, several)), found.slice(fewPlaces, several), found.slice(several)];
    const among = parts.map((places, part) => ({
      places,
      landmarks: new Landmarks(
        space.diagrams,
        places.map(({ own }) => own),
        this.axes.levels[axis],
      ),
      single: part === parts.length - 1,
    }));
    this.amongs.set(key, among);
    return among;
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
