/** Where delivered packets arrive, and as whose: what translation makes of them, for people. */
import { type Address, formatAddress } from '../../net/address.ts';
import { asSent } from '../proof/compare.ts';
import type { Piece } from '../run/hooks/hook.ts';
import type { Binding } from '../run/reading/sight.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import { addressOfValue } from '../space/fields.ts';
import type { ValueRange } from '../space/groups.ts';
import type { Space } from '../space/space.ts';
import { type Bundle, Bundles, groupBundles, joinBundles, undivided, valuesOfBundles } from './bundles.ts';
import { portWays } from './port-ways.ts';
import { addressTexts, listed, numberTexts } from './ranges.ts';

/** Packets that arrive in one way. */
export interface Arrival {
  /** As sent. */
  readonly bundles: readonly Bundle[];
  /** `delivered`, `reaches web (172.17.0.2) port 80, seen as 172.17.0.1`. */
  readonly text: string;
}

export type NameOfAddress = (address: Address) => string | undefined;

/** The ways in which packets of a set arrive, by what is said of them: by the machine that receives them and by the source that it sees. */
export function arrivalsOf(
  space: Space,
  set: SetId,
  pieces: readonly Piece[],
  nameOf: NameOfAddress,
): readonly Arrival[] {
  const { diagrams } = space;
  const divided = new Bundles(space);
  const byText = new Map<string, Bundle[]>();
  for (const { binding, set: all } of pieces) {
    const inside = diagrams.intersect(all, set);
    if (inside === empty) continue;
    for (const { bundles, receiver, ports } of waysOf(space, binding, inside, divided)) {
      const seen =
        binding.source === 'source'
          ? ''
          : `, seen as ${listed(addressTexts(space.family, valuesOfBundles(space, bundles, 'seenSource')), 2)}`;
      const port = ports === undefined ? '' : ` port ${listed(numberTexts(ports), 3)}`;
      const where =
        receiver === undefined
          ? port === ''
            ? 'delivered'
            : 'delivered to'
          : `reaches ${receiverText(space, receiver, nameOf)}`;
      const text = `${where}${port}${seen}`;
      const sent = bundles.map(({ ends, rest }) => ({ ends, rest: asSent(space, rest) }));
      const alike = byText.get(text);
      if (alike === undefined) byText.set(text, sent);
      else alike.push(...sent);
    }
  }
  return [...byText].map(([text, bundles]) => ({ text, bundles: joinBundles(diagrams, bundles) }));
}

/** Flows with one receiver after translation, and one way to translate their ports. */
interface TranslatedWay {
  readonly bundles: readonly Bundle[];
  readonly receiver: readonly ValueRange[] | undefined;
  readonly ports: readonly ValueRange[] | undefined;
}

function waysOf(space: Space, binding: Binding, inside: SetId, divided: Bundles): readonly TranslatedWay[] {
  const byReceiver =
    binding.destination === 'destination'
      ? [{ bundles: undivided(inside), values: undefined }]
      : groupBundles(space, divided.of(inside), 'realDestination');
  return byReceiver.flatMap(({ bundles, values: receiver }): readonly TranslatedWay[] =>
    binding.port === 'destinationPort'
      ? [{ bundles, receiver, ports: undefined }]
      : portWays(space, bundles).map(({ bundles: part, ports }) => ({ bundles: part, receiver, ports })),
  );
}

function receiverText(space: Space, values: readonly ValueRange[], nameOf: NameOfAddress): string {
  const [only, ...others] = values;
  if (only !== undefined && others.length === 0 && only.first === only.last) {
    const address = addressOfValue(space.family, only.first);
    const name = nameOf(address);
    return name === undefined ? formatAddress(address) : `${name} (${formatAddress(address)})`;
  }
  return listed(addressTexts(space.family, values), 3);
}
