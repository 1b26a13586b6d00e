/** Symbolic run and simulator agree, packet by packet, in a universe that is small enough for random rules to be about it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ct, meta } from '../../src/ruleset/expression.ts';
import type { Chain, Ruleset } from '../../src/ruleset/ruleset.ts';
import { equals, hasBits, type Statement } from '../../src/ruleset/statement.ts';
import { integer } from '../../src/ruleset/value.ts';
import type { PacketView } from '../../src/simulator/packet/input.ts';
import { createSimulation } from '../../src/simulator/simulation.ts';
import { pointOf, valueAt } from '../../src/verifier/proof/example.ts';
import { fateOf, type Sent, send } from '../../src/verifier/proof/replay.ts';
import { arriving, behaviourOf } from '../../src/verifier/run/behaviour.ts';
import { Losses, type PacketKind, type Piece } from '../../src/verifier/run/hooks/hook.ts';
import { Journey } from '../../src/verifier/run/ways/journey.ts';
import { empty, type SetId } from '../../src/verifier/sets/diagrams.ts';
import type { Space } from '../../src/verifier/space/space.ts';
import { spaceOf } from '../../src/verifier/space/space-of.ts';
import {
  arbitraryPacket,
  arbitrarySmallRuleset,
  nat,
  type SmallPacket,
  smallAddress,
  smallView,
  verdict,
} from './small-universe.ts';

const runs = Number(process.env.CTFW_SMALL_RUNS ?? 500);

test('first packets, replies and later packets fare as in the simulator', { timeout: 600_000 }, () => {
  const packets = fc.array(arbitraryPacket, { minLength: 4, maxLength: 8 });
  const property = fc.property(arbitrarySmallRuleset, packets, (ruleset, sent) => {
    const space = spaceOf('ipv4', {
      view: smallView,
      rulesets: [ruleset],
      cut: (cuts) => {
        for (let last = 0; last < 16; last++) cuts.addAddress(smallAddress(last));
        for (let port = 0; port < 16; port++) cuts.add('port', port, port);
      },
    });
    const behaviour = behaviourOf(
      space,
      [ruleset],
      space.diagrams.intersect(space.equal('protocol', 17), noMark(space)),
    );
    for (const packet of sent) {
      const simulation = createSimulation({ hosts: [{ view: smallView, rulesets: [ruleset] }] });
      const real = fateOf(send(simulation, smallView, sentOf(packet))?.outcomes ?? [], smallView);
      const point = pointOfPacket(space, packet);
      const pieces = behaviour.delivered
        .map(({ binding, set }) => ({ binding, set: space.diagrams.intersect(set, point) }))
        .filter(({ set }) => set !== empty);
      const rejected = [...behaviour.rejected.values()].some((set) => space.diagrams.intersect(set, point) !== empty);
      const told = JSON.stringify(packet);
      const symbolic =
        pieces.length > 0 ? `delivered ${pieces.map((piece) => seenBy(space, piece, packet)).join()}` : 'refused';
      expect(`${told} ${symbolic}`).toBe(
        `${told} ${real.kind === 'delivered' ? `delivered ${seen(real.packet)}` : 'refused'}`,
      );
      // Not the other way round: the answer of a reject may be dropped on its way.
      if (real.kind === 'rejected') expect(`${told} ${rejected}`).toBe(`${told} true`);
      if (real.kind !== 'delivered' || pieces.length !== 1) continue;
      // A reply, and what the sender sends next.
      const isHost = [1, 5, 9].includes(Number(real.packet.destination.value & 15n));
      const back: Sent = {
        device: isHost ? undefined : real.at,
        packet: {
          source: real.packet.destination,
          destination: real.packet.source,
          protocol: 17,
          sourcePort: real.packet.destinationPort,
          destinationPort: real.packet.sourcePort,
        },
      };
      const replied = fateOf(send(simulation, smallView, back)?.outcomes ?? [], smallView).kind === 'delivered';
      const replySymbolic = passes(space, behaviour.rules, pieces, { direction: 'reply', state: 2, first: false });
      expect(`reply of ${told} ${replySymbolic}`).toBe(`reply of ${told} ${replied}`);
      if (!replied) continue;
      const later = fateOf(send(simulation, smallView, sentOf(packet))?.outcomes ?? [], smallView).kind === 'delivered';
      const laterSymbolic = passes(space, behaviour.rules, pieces, { direction: 'original', state: 2, first: false });
      expect(`next of ${told} ${laterSymbolic}`).toBe(`next of ${told} ${later}`);
    }
  });
  fc.assert(property, { numRuns: runs, examples: [[redirectedToItself, [sentToTheHost]]] });
});

/** A redirect to where the packet is sent anyway is none, and sets no bit in the status. */
const redirectedToItself: Ruleset = {
  tables: [
    {
      family: 'ip',
      name: 'small',
      engine: 'nftables',
      chains: [
        baseChain('nat', 'prerouting', [[equals(meta('l4proto'), integer(17)), nat('redirect', undefined, 3)]]),
        baseChain('filter', 'input', [[hasBits(ct('status'), 32), verdict('accept')], [verdict('drop')]]),
      ],
      sets: [],
      maps: [],
    },
  ],
};
const sentToTheHost: SmallPacket = {
  source: 2,
  destination: 1,
  sourcePort: 1,
  destinationPort: 3,
  device: 'eth0',
};

function baseChain(
  type: 'nat' | 'filter',
  hook: 'prerouting' | 'input',
  rules: readonly (readonly Statement[])[],
): Chain {
  return {
    name: type,
    base: { type, hook, priority: type === 'nat' ? -100 : 0, policy: 'accept', devices: [] },
    rules: rules.map((statements) => ({ statements, origins: [] })),
  };
}

function noMark(space: Space): SetId {
  const { diagrams } = space;
  return diagrams.intersectAll(
    space.wellFormed(),
    ...[...space.markLevels.values()].map(({ arrival }) => diagrams.complement(space.bit(arrival))),
  );
}

function passes(space: Space, rules: Journey['rules'], pieces: readonly Piece[], kind: PacketKind): boolean {
  const journey = new Journey(rules, kind, new Losses(space));
  const asked = pieces.map(({ binding, set }) => ({ binding, set: arriving(space, set) }));
  const passed = kind.direction === 'reply' ? journey.reply(asked) : journey.original(asked);
  return passed.some(({ set }) => set !== empty);
}

function sentOf({ device, source, destination, sourcePort, destinationPort }: SmallPacket): Sent {
  return {
    device,
    packet: {
      source: smallAddress(source),
      destination: smallAddress(destination),
      protocol: 17,
      sourcePort,
      destinationPort,
    },
  };
}

function pointOfPacket(space: Space, packet: SmallPacket): SetId {
  return space.diagrams.intersectAll(
    space.originsWhere(({ device }) => device === packet.device),
    space.address('source', smallAddress(packet.source)),
    space.address('destination', smallAddress(packet.destination)),
    space.equal('sourcePort', packet.sourcePort),
    space.equal('destinationPort', packet.destinationPort),
    // The kernel keeps the port where it can [61], and nothing is in its way here.
    space.equal('chosenPort', packet.sourcePort),
  );
}

const seen = ({ source, destination, destinationPort }: PacketView): string =>
  `${source.value & 15n} -> ${destination.value & 15n}:${destinationPort}`;

/** How the receiver sees the one packet of a piece. */
function seenBy(space: Space, { binding, set }: Piece, packet: SmallPacket): string {
  const point = pointOf(space, set);
  const last = (field: 'source' | 'seenSource' | 'destination' | 'realDestination'): number =>
    Number(valueAt(point, field)) & 15;
  const port = binding.port === 'realPort' ? valueAt(point, 'realPort') : packet.destinationPort;
  return `${last(binding.source)} -> ${last(binding.destination)}:${port}`;
}
