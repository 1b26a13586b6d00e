/** Where delivered packets arrive, and as whose: what translation makes of them, for people. */
import { type Address, formatAddress } from '../../net/address.ts';
import { asSent } from '../proof/compare.ts';
import type { Piece } from '../run/hooks/hook.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import { addressOfValue } from '../space/fields.ts';
import { groupsBy, type ValueRange, valuesOf } from '../space/groups.ts';
import type { Space } from '../space/space.ts';
import { portWays } from './port-ways.ts';
import { addressTexts, listed, numberTexts } from './ranges.ts';

/** Packets that arrive in one way. */
export interface Arrival {
  /** As sent. */
  readonly set: SetId;
  /** `delivered`, `reaches web (172.17.0.2) port 80, seen as 172.17.0.1`. */
  readonly text: string;
}

export type NameOfAddress = (address: Address) => string | undefined;

/** The ways in which packets of a set arrive: by the machine that receives them and by the source that it sees. */
export function arrivalsOf(
  space: Space,
  set: SetId,
  pieces: readonly Piece[],
  nameOf: NameOfAddress,
): readonly Arrival[] {
  const { diagrams } = space;
  return pieces.flatMap((piece) => {
    const inside = diagrams.intersect(piece.set, set);
    if (inside === empty) return [];
    const { binding } = piece;
    const byReceiver =
      binding.destination === 'destination'
        ? [{ inside, receiver: undefined }]
        : groupsBy(space, inside, 'realDestination').map(({ values, rest }) => ({ inside: rest, receiver: values }));
    const byPort = byReceiver.flatMap(({ inside: reached, receiver }) => {
      const ways: readonly { readonly set: SetId; readonly ports?: readonly ValueRange[] }[] =
        binding.port === 'destinationPort' ? [{ set: reached }] : portWays(space, reached);
      return ways.map(({ set: part, ports }) => ({ part, receiver, ports }));
    });
    return byPort.map(({ part, receiver, ports }): Arrival => {
      const seen =
        binding.source === 'source'
          ? ''
          : `, seen as ${listed(addressTexts(space.family, valuesOf(space, part, 'seenSource')), 2)}`;
      const port = ports === undefined ? '' : ` port ${listed(numberTexts(ports), 3)}`;
      const where =
        receiver === undefined
          ? port === ''
            ? 'delivered'
            : 'delivered to'
          : `reaches ${receiverText(space, receiver, nameOf)}`;
      return { set: asSent(space, part), text: `${where}${port}${seen}` };
    });
  });
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
