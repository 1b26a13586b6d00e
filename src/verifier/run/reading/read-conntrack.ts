/** Reads what conntrack knows of a packet's connection: state, status, direction, the tuples of both directions. */
import type { ConntrackExpression } from '../../../ruleset/expression.ts';
import { everything, type SetId } from '../../sets/diagrams.ts';
import type { Space } from '../../space/space.ts';
import { absent, type Case, constant, fieldReading, type Reading, unknown } from './reading.ts';
import { type Sight, stateBits, statusBits } from './sight.ts';

export const familyNumbers = { ipv4: 2, ipv6: 10, bridge: 7 } as const;

export class ConntrackReader {
  private readonly space: Space;
  private readonly sight: Sight;
  /** Whether conntrack has seen the packet: chains before it show `invalid` [30]. */
  private readonly afterTracking: boolean;

  constructor(space: Space, sight: Sight, afterTracking: boolean) {
    this.space = space;
    this.sight = sight;
    this.afterTracking = afterTracking;
  }

  read({ key, direction }: ConntrackExpression): Reading {
    const { space, sight } = this;
    const { diagrams } = space;
    const noted = space.bit(space.untrackedLevel);
    if (key === 'state') {
      if (!this.afterTracking && !(sight.hook === 'output' && sight.layer === 'bridge')) {
        return {
          kind: 'cases',
          key: 'state before',
          has: everything,
          cases: [
            { set: diagrams.complement(noted), value: stateBits.invalid },
            { set: noted, value: stateBits.untracked },
          ],
        };
      }
      return {
        kind: 'cases',
        key: `state ${sight.state}`,
        has: everything,
        cases: [
          { set: diagrams.complement(noted), value: sight.state },
          { set: noted, value: stateBits.untracked },
        ],
      };
    }
    if (!this.afterTracking || sight.state === stateBits.invalid || sight.state === stateBits.untracked) return absent;
    const has = diagrams.complement(noted);
    const ends = direction === 'reply' ? sight.reply : sight.original;
    switch (key) {
      case 'status':
        return this.status(has);
      case 'direction':
        return constant(sight.direction === 'original' ? 0 : 1, has);
      case 'l3proto':
        return constant(familyNumbers[space.family], has);
      case 'protocol':
        return fieldReading('protocol', has);
      case 'ip saddr':
      case 'ip6 saddr':
        return (key === 'ip saddr') === (space.family === 'ipv4') ? fieldReading(ends.source, has) : absent;
      case 'ip daddr':
      case 'ip6 daddr':
        return (key === 'ip daddr') === (space.family === 'ipv4') ? fieldReading(ends.destination, has) : absent;
      case 'proto-src':
        return fieldReading(ends.sourcePort, has);
      case 'proto-dst':
        return fieldReading(ends.destinationPort, has);
      case 'zone':
        return constant(0, has);
      default:
        return unknown(`ct ${key}`);
    }
  }

  /** The bits that translation sets are known; which of the others are set depends on what came before, where it says `open`. */
  private status(has: SetId): Reading {
    const { space, sight } = this;
    const { diagrams } = space;
    const { confirmed, seenReply, assured, natDone } = statusBits;
    const { first } = sight;
    const answered = sight.state === stateBits.established;
    const certain = sight.status | (first ? 0 : confirmed) | (answered ? seenReply : 0);
    const open = [...(first ? [] : answered ? [assured] : [seenReply, assured]), ...natDone];
    const cases = open.reduce<readonly Case[]>(
      (known, bit) => {
        const holds = space.choice(`bit ${bit} of ct status`);
        return known.flatMap(({ set, value }) => [
          { set: diagrams.subtract(set, holds), value },
          { set: diagrams.intersect(set, holds), value: Number(value) | bit },
        ]);
      },
      [{ set: has, value: certain }],
    );
    return { kind: 'cases', key: `status ${certain} ${open}/${has}`, has, cases };
  }
}
