/**
 * Translated ports told so that it is clear which becomes which: ports that are translated to one and the same, or to another
 * one each in the same order (9000-9010 to 8000-8010), are told together, and nothing else is.
 */
import type { ValueRange } from '../space/groups.ts';
import type { Space } from '../space/space.ts';
import { type Bundle, bundlesHaving, groupBundles, joinBundles, valuesOfBundles } from './bundles.ts';

/** Packets whose ports are translated in one way that a line can tell. */
export interface PortWay {
  readonly bundles: readonly Bundle[];
  /** The ports at the receiver. */
  readonly ports: readonly ValueRange[];
}

/** Splits packets with a translated port. */
export function portWays(space: Space, bundles: readonly Bundle[]): readonly PortWay[] {
  const ways = groupBundles(space, bundles, 'realPort').map(({ values }): Way => {
    const part = bundlesHaving(space, bundles, 'realPort', values);
    return { bundles: part, ports: values, sent: valuesOfBundles(space, part, 'destinationPort') };
  });
  const single = ways.flatMap((way) => {
    const [sent, real] = [onlyValue(way.sent), onlyValue(way.ports)];
    return sent === undefined || real === undefined ? [] : [{ way, sent, real }];
  });
  const told = new Set(single.map(({ way }) => way));
  const runs: { readonly bundles: Bundle[]; readonly first: number; last: number; sent: number }[] = [];
  for (const { way, sent, real } of single.toSorted((one, other) => one.sent - other.sent)) {
    const run = runs.at(-1);
    if (run !== undefined && run.sent === sent - 1 && run.last === real - 1) {
      run.bundles.push(...way.bundles);
      [run.sent, run.last] = [sent, real];
    } else runs.push({ bundles: [...way.bundles], first: real, last: real, sent });
  }
  return [
    ...ways.filter((way) => !told.has(way)),
    ...runs.map(({ bundles: joined, first, last }) => ({
      bundles: joinBundles(space.diagrams, joined),
      ports: [{ first, last }],
    })),
  ];
}

interface Way extends PortWay {
  readonly sent: readonly ValueRange[];
}

function onlyValue([range, ...others]: readonly ValueRange[]): number | undefined {
  return range !== undefined && others.length === 0 && range.first === range.last ? Number(range.first) : undefined;
}
