/**
 * The packets that an `expect` statement speaks of, as boxes for the cuts of a space and as sets: every first packet of the
 * universe from the left side to the right, all ports and protocols if no service is given.
 */
import { families } from '../../net/address.ts';
import { type AddressSet, addressSetOfPrefixes, intersectAddressSets } from '../../net/address-set.ts';
import { isLoopback } from '../../policy/atlas.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { FlowBox, SourceSet } from '../../policy/sets/flow-box.ts';
import { subjectSets } from '../../policy/sets/subjects.ts';
import { unnamedInterface } from '../meaning/completed-view.ts';
import type { MeaningDiagrams } from '../meaning/meant.ts';
import type { Universe } from '../proof/universe.ts';
import { empty, everything, type SetId } from '../sets/diagrams.ts';
import type { Space } from '../space/space.ts';
import { toItself } from './to-itself.ts';

export type Expectation = Meaning['atlas']['model']['expectations'][number];
type Subject = Expectation['from'][number];

/** What an expectation speaks of. */
export interface SpokenOf {
  /** One for each subject of the right side. */
  readonly boxes: readonly Spoken[];
  /** Some of it no host sees (wires between containers), or nobody judges (unmanaged networks). */
  readonly unseen: boolean;
}

interface Spoken {
  readonly box: FlowBox;
  /** `any` stands for everybody, not for addresses that were given to nobody. */
  readonly everybody: boolean;
}

export function spokenOf(meaning: Meaning): (expectation: Expectation) => SpokenOf {
  const subjects = subjectSets(meaning);
  return ({ from, to, services }) => {
    const { sources } = subjects(from, false);
    const toLoopback = loopbackSources(from);
    return {
      unseen: [...from, ...to].some(isUnmanaged) || sources.some(({ side }) => isUnseen(meaning, side)),
      boxes: to.map((subject): Spoken => {
        const loopback = subject.kind === 'prefix' && isLoopback(subject.prefix.address);
        const box = loopback
          ? { sources: toLoopback, destinations: addressSetOfPrefixes([subject.prefix]) }
          : { sources, destinations: subjects([subject], false).destinations };
        return { box: { ...box, services, because: undefined }, everybody: subject.kind === 'any' };
      }),
    };
  };
}

function isUnmanaged(subject: Subject): boolean {
  if (subject.kind === 'network') return subject.unmanaged;
  return subject.kind === 'container' && subject.endpoints.some(({ network }) => network.unmanaged);
}

function isUnseen({ atlas }: Meaning, side: SourceSet['side']): boolean {
  return side.kind === 'interface' && [...atlas.containersOnWire.keys()].some(({ bridge }) => bridge === side.name);
}

/** The host alone speaks to its loopback, from any of its addresses. */
function loopbackSources(from: readonly Subject[]): readonly SourceSet[] {
  const side = { kind: 'host' } as const;
  return from.flatMap((subject) => {
    if (subject.kind === 'host' || subject.kind === 'any') return [{ side, addresses: every }];
    if (subject.kind !== 'prefix') return [];
    return [{ side, addresses: intersectAddressSets(every, addressSetOfPrefixes([subject.prefix])) }];
  });
}

const every: AddressSet = families.map((family) => ({
  family,
  first: 0n,
  last: family === 'ipv4' ? 0xffff_ffffn : (1n << 128n) - 1n,
}));

/** Sets of one space, whose cuts know the boxes. */
export class SpokenSets {
  private readonly space: Space;
  private readonly meaning: Meaning;
  private readonly meant: MeaningDiagrams;
  private readonly universe: Universe;
  private readonly first: SetId;

  constructor(space: Space, meaning: Meaning, meant: MeaningDiagrams, universe: Universe, first: SetId) {
    this.space = space;
    this.meaning = meaning;
    this.meant = meant;
    this.universe = universe;
    this.first = first;
  }

  packets(spoken: SpokenOf): SetId {
    const { diagrams } = this.space;
    return diagrams.uniteAll(
      spoken.boxes.map(({ box, everybody }) => {
        const all = diagrams.intersectAll(this.raw(box), this.first, this.byDeclaredInterfaces());
        const received = everybody ? diagrams.subtract(all, this.universe.vacant()) : all;
        return diagrams.subtract(received, toItself(this.space, box));
      }),
    );
  }

  /** Whether some of it meets no hook of this host. */
  isLeftOut(spoken: SpokenOf): boolean {
    const { diagrams } = this.space;
    const unseen = this.universe.unseen();
    return spoken.unseen || spoken.boxes.some(({ box }) => diagrams.intersect(this.raw(box), unseen) !== empty);
  }

  private raw({ sources, destinations, services }: FlowBox): SetId {
    const { diagrams } = this.space;
    const { boxes } = this.meant;
    const named = services.filter(({ kind }) => kind !== 'any');
    const any = named.length < services.length ? diagrams.subtract(everything, this.meant.dhcp()) : empty;
    return diagrams.intersectAll(
      boxes.sources(sources),
      boxes.destinations(destinations, 'destination'),
      // What the host's DHCP client needs is spoken of by who names it.
      diagrams.unite(boxes.services(named, 'destinationPort'), any),
    );
  }

  /** A host that names interfaces has no others. */
  private byDeclaredInterfaces(): SetId {
    const { space } = this;
    if (this.meaning.atlas.host.interfaces.length === 0) return everything;
    return space.diagrams.complement(space.originsWhere(({ device }) => device === unnamedInterface));
  }
}
