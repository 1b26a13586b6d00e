/**
 * Translated ports told so that it is clear which becomes which: ports that are translated to one and the same, or to another
 * one each in the same order (9000-9010 to 8000-8010), are told together, and nothing else is.
 */
import type { SetId } from '../sets/diagrams.ts';
import { groupsBy, having, type ValueRange, valuesOf } from '../space/groups.ts';
import type { Space } from '../space/space.ts';

/** Packets whose ports are translated in one way that a line can tell. */
export interface PortWay {
  readonly set: SetId;
  /** The ports at the receiver. */
  readonly ports: readonly ValueRange[];
}

/** Splits a set of packets with a translated port. */
export function portWays(space: Space, set: SetId): readonly PortWay[] {
  const { diagrams } = space;
  const ways = groupsBy(space, set, 'realPort').map(({ values }): Way => {
    const part = diagrams.intersect(set, having(space, 'realPort', values));
    return { set: part, ports: values, sent: valuesOf(space, part, 'destinationPort') };
  });
  const single = ways.flatMap((way) => {
    const [sent, real] = [onlyValue(way.sent), onlyValue(way.ports)];
    return sent === undefined || real === undefined ? [] : [{ way, sent, real }];
  });
  const told = new Set(single.map(({ way }) => way));
  const runs: { set: SetId; first: number; last: number; sent: number }[] = [];
  for (const { way, sent, real } of single.toSorted((one, other) => one.sent - other.sent)) {
    const run = runs.at(-1);
    if (run !== undefined && run.sent === sent - 1 && run.last === real - 1) {
      run.set = diagrams.unite(run.set, way.set);
      [run.sent, run.last] = [sent, real];
    } else runs.push({ set: way.set, first: real, last: real, sent });
  }
  return [
    ...ways.filter((way) => !told.has(way)),
    ...runs.map(({ set: joined, first, last }) => ({ set: joined, ports: [{ first, last }] })),
  ];
}

interface Way extends PortWay {
  readonly sent: readonly ValueRange[];
}

function onlyValue([range, ...others]: readonly ValueRange[]): number | undefined {
  return range !== undefined && others.length === 0 && range.first === range.last ? Number(range.first) : undefined;
}
