/** Link-layer neighbours, from `ip -j neighbour show`. */
import type { NeighbourView } from '../../host-view/host-view.ts';
import type { JsonReader } from '../../host-view/json-reader.ts';
import { parseMac } from '../../net/mac.ts';
import { type Gathered, gatherJson } from './part.ts';
import type { Runner } from './runner.ts';

/** Neighbours whose link-layer address is known; one that was asked for in vain has none. */
export function gatherNeighbours(runner: Runner): Promise<Gathered<readonly NeighbourView[]>> {
  return gatherJson(runner, 'neighbours', ['ip', '-j', 'neighbour', 'show'], (document) =>
    document.items().flatMap(neighbour),
  );
}

function neighbour(item: JsonReader): readonly NeighbourView[] {
  const mac = item.optional('lladdr', (reader) => parseMac(reader.text()));
  if (mac === undefined) return [];
  return [{ address: item.field('dst').address(), interface: item.field('dev').text(), mac }];
}
