/** One packet in the symbolic run: everything that may become of it there, to be held against what became of it. */
import type { HostView } from '../../src/host-view/host-view.ts';
import type { PacketInput, PacketView } from '../../src/simulator/packet/input.ts';
import type { Outcome } from '../../src/simulator/simulation.ts';
import { bridgeOf } from '../../src/verifier/proof/link-layer.ts';
import { startsConnection } from '../../src/verifier/proof/ordinary-packets.ts';
import { type Fate, fateOf } from '../../src/verifier/proof/replay.ts';
import { PacketsOfView } from '../../src/verifier/questions/packets-of-view.ts';
import { arriving } from '../../src/verifier/run/behaviour.ts';
import { Losses, type PacketKind, type Piece, type Rules } from '../../src/verifier/run/hooks/hook.ts';
import { stateBits, untranslated } from '../../src/verifier/run/reading/sight.ts';
import { Journey } from '../../src/verifier/run/ways/journey.ts';
import { empty, type SetId } from '../../src/verifier/sets/diagrams.ts';
import type { Space } from '../../src/verifier/space/space.ts';
import type { Sending } from './agreement-host.ts';

type Delivered = Extract<Fate, { kind: 'delivered' }>;

export class PointRun {
  /** It comes from where answers to it are sent: only then are they about the same way back. */
  private readonly natural: boolean;
  private readonly rules: Rules;
  private readonly space: Space;
  private readonly state: number;
  private readonly sent: Sending;
  private readonly passed: readonly Piece[];
  private readonly losses: Losses;
  /** The pieces that are what really happened. */
  private happened: readonly Piece[] = [];

  /** Undefined: the packet is none that the symbolic run speaks of. */
  static of(rules: Rules, sent: Sending): PointRun | undefined {
    const { space } = rules;
    const ordinary = new PacketsOfView(space);
    const { diagrams } = space;
    const asked = diagrams.uniteAll([ordinary.first(), ordinary.forged(), ordinary.stray()]);
    const point = diagrams.intersect(asked, pointOfPacket(space, sent));
    const natural = diagrams.includes(ordinary.first(), point);
    return point === empty ? undefined : new PointRun(rules, sent, point, natural);
  }

  private constructor(rules: Rules, sent: Sending, point: SetId, natural: boolean) {
    this.natural = natural;
    this.rules = rules;
    this.space = rules.space;
    this.sent = sent;
    this.state = stateOf(rules, sent.packet);
    this.losses = new Losses(this.space);
    const kind: PacketKind = {
      direction: 'original',
      state: this.state,
      first: this.state === stateBits.new,
    };
    this.passed = new Journey(rules, kind, this.losses).original([
      { binding: untranslated, set: arriving(this.space, point) },
    ]);
  }

  /** One thing can become of it, and no other. */
  get sure(): boolean {
    const { dropped, unknown, rejected } = this.losses;
    const ways = [...this.passed, dropped, unknown, ...rejected.values()];
    return ways.filter(({ set }) => set !== empty).length === 1;
  }

  /** Conntrack has an entry now, and answers come back as they went. */
  hasEntry({ at }: Delivered): boolean {
    const { space } = this;
    const { device, packet } = this.sent;
    const bridge = bridgeOf(space.view, device);
    const staysOnBridge = bridge !== undefined && bridge === bridgeOf(space.view, at);
    return (
      this.natural &&
      this.state === stateBits.new &&
      this.rules.order.tracks &&
      // Verification tags of SCTP are none of the symbolic run's business.
      packet.protocol !== 132 &&
      // What is sent to oneself is its own answer.
      packet.source.value !== packet.destination.value &&
      (!staysOnBridge || this.rules.judgesBridged) &&
      this.happened.every(({ set }) => space.diagrams.intersect(set, space.bit(space.untrackedLevel)) === empty)
    );
  }

  /** What is wrong with what the symbolic run says about the packet. */
  first(real: Fate): string | undefined {
    const { dropped, unknown, rejected } = this.losses;
    const mayEnd = unknown.set !== empty;
    switch (real.kind) {
      case 'delivered':
        this.happened = this.asSeen(real.packet);
        if (this.happened.length > 0 || mayEnd) return undefined;
        return this.passed.length > 0 ? 'delivered in another way' : 'not delivered';
      case 'rejected':
        return mayEnd || [...rejected.values()].some(({ set }) => set !== empty) ? undefined : 'not rejected';
      case 'dropped':
        // The answer of a reject may be dropped on its way.
        return mayEnd || dropped.set !== empty || [...rejected.values()].some(({ set }) => set !== empty)
          ? undefined
          : 'not dropped';
      case 'unknown':
        return undefined;
    }
  }

  isTranslated({ packet }: Delivered): boolean {
    const { source, destination } = this.sent.packet;
    return packet.source.value !== source.value || packet.destination.value !== destination.value;
  }

  /** The same for a packet that follows: a reply, or the next of the sender. */
  follows(direction: PacketKind['direction'], real: Fate): string | undefined {
    if (this.happened.length === 0 || real.kind === 'unknown') return undefined;
    const { space } = this;
    const losses = new Losses(space);
    const journey = new Journey(this.rules, { direction, state: stateBits.established, first: false }, losses);
    const { diagrams } = space;
    const marks = [...space.markLevels.values()].flatMap((levels) => [levels.current, levels.arrival]);
    // What is not known may turn out otherwise for another packet.
    const mask = diagrams.mask([...marks, ...space.choiceTexts.keys()]);
    const unmarked = diagrams.intersectAll(
      ...[...space.markLevels.values()].map(({ arrival }) => diagrams.complement(space.bit(arrival))),
    );
    const asked = this.happened.map(({ binding, set }) => ({
      binding,
      set: arriving(space, diagrams.intersect(diagrams.project(set, mask), unmarked)),
    }));
    const passed = direction === 'reply' ? journey.reply(asked) : journey.original(asked);
    const passes = passed.some(({ set }) => set !== empty);
    const ends =
      [losses.dropped, losses.unknown, ...losses.rejected.values()].some(({ set }) => set !== empty) ||
      this.losses.unknown.set !== empty;
    if (real.kind === 'delivered')
      return passes || losses.unknown.set !== empty ? undefined : `${direction} does not pass`;
    return ends || !passes ? undefined : `${direction} passes`;
  }

  /** Pieces in which the receiver sees the packet in this way. */
  private asSeen({ source, destination, destinationPort, sourcePort }: PacketView): readonly Piece[] {
    const { space } = this;
    const { diagrams } = space;
    const hasPorts = this.sent.packet.sourcePort !== undefined;
    return this.passed
      .map(({ binding, set }) => ({
        binding,
        set: diagrams.intersectAll(
          set,
          space.classes(binding.source, (index) => index === space.partitions.address.classOf(addressNumber(source))),
          space.classes(
            binding.destination,
            (index) => index === space.partitions.address.classOf(addressNumber(destination)),
          ),
          hasPorts
            ? space.classes(binding.port, (index) => index === space.partitions.port.classOf(destinationPort))
            : set,
          hasPorts ? space.classes('chosenPort', (index) => index === space.partitions.port.classOf(sourcePort)) : set,
        ),
      }))
      .filter(({ set }) => set !== empty);
  }
}

const addressNumber = ({ family, value }: PacketInput['source']): number | bigint =>
  family === 'ipv4' ? Number(value) : value;

function stateOf({ space }: Rules, { protocol, flags, type }: PacketInput): number {
  const loose = space.view.sysctls['net.netfilter.nf_conntrack_tcp_loose'] !== '0';
  if (protocol === 6) return startsConnection(flags ?? 2, loose) ? stateBits.new : stateBits.invalid;
  if (protocol === 1 || protocol === 58) return answers[type ?? 0] !== undefined ? stateBits.new : stateBits.invalid;
  return stateBits.new;
}

function pointOfPacket(space: Space, { device, packet }: Sending): SetId {
  const { diagrams } = space;
  const one = (field: Parameters<Space['classes']>[0], value: number | bigint): SetId => {
    const wanted = space.partitionOf(field).classOf(value);
    return space.classes(field, (index) => index === wanted);
  };
  const sets: SetId[] = [
    space.originsWhere((origin) => origin.device === representative(space, device)),
    one('source', addressNumber(packet.source)),
    one('destination', addressNumber(packet.destination)),
    one('protocol', packet.protocol),
    one('hopLimit', packet.ttl ?? 64),
  ];
  if (packet.sourcePort !== undefined) sets.push(one('sourcePort', packet.sourcePort));
  if (packet.destinationPort !== undefined) sets.push(one('destinationPort', packet.destinationPort));
  if (packet.type !== undefined) sets.push(one('icmpType', packet.type), one('icmpCode', packet.code ?? 0));
  if (packet.flags !== undefined) sets.push(one('tcpFlags', packet.flags));
  for (const [bit, { arrival }] of space.markLevels)
    sets.push((((packet.mark ?? 0) >>> bit) & 1) === 1 ? space.bit(arrival) : diagrams.complement(space.bit(arrival)));
  return diagrams.intersectAll(space.wellFormed(), ...sets);
}

/** Ports of a bridge that nothing tells apart share an origin. */
function representative(space: Space, device: string | undefined): string | undefined {
  if (space.origins.some((origin) => origin.device === device)) return device;
  const bridge = space.view.interfaces.find(({ name }) => name === device)?.bridgePort?.bridge;
  return space.origins.filter((origin) => origin.bridge === bridge).at(-1)?.device;
}

/** What became of a packet. Errors of the kernel's own are drops here: the symbolic run speaks of those that rules send. */
export function realFate(outcomes: readonly Outcome[]): Fate {
  const fate = fateOf(outcomes);
  const byRules = outcomes.some((outcome) => outcome.kind === 'rejected' && outcome.place !== undefined);
  return fate.kind === 'rejected' && !byRules ? { kind: 'dropped' } : fate;
}

const answers: Readonly<Record<number, number>> = { 8: 0, 13: 14, 15: 16, 17: 18, 128: 129, 139: 140 };

/** What the receiver answers, where it is. TCP to the host itself has been answered already: nothing listens there. */
export function answerOf(view: HostView, { packet: first }: Sending, { at, packet }: Delivered): Sending | undefined {
  const isOurs =
    at === 'lo' ||
    view.interfaces.some(({ addresses }) =>
      addresses.some(
        ({ address }) => address.family === packet.destination.family && address.value === packet.destination.value,
      ),
    );
  if (isOurs && packet.protocol === 6) return undefined;
  const hasPorts = first.sourcePort !== undefined;
  return {
    device: isOurs ? undefined : at,
    packet: {
      source: packet.destination,
      destination: packet.source,
      protocol: packet.protocol,
      ttl: first.ttl ?? 64,
      ...(hasPorts ? { sourcePort: packet.destinationPort, destinationPort: packet.sourcePort } : {}),
      ...(packet.protocol === 6 ? { flags: 0x12, sequence: 1, acknowledgement: 2 } : {}),
      ...(packet.protocol === 132 ? { chunk: 2 } : {}),
      ...(first.type === undefined
        ? {}
        : { type: answers[first.type] ?? 0, code: packet.code, identifier: packet.identifier }),
    },
  };
}

/** What the sender sends next. */
export function nextOf({ device, packet }: Sending): Sending {
  const { mark: _, ...rest } = packet;
  return {
    device,
    packet: packet.protocol === 6 ? { ...rest, flags: 0x10, sequence: 2, acknowledgement: 2 } : rest,
  };
}
