/** What the statements of a policy decide about, in one address family. */
import { families } from '../../net/address.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { FlowBox } from '../../policy/sets/flow-box.ts';
import type { MeaningSets } from '../../policy/sets/meaning-sets.ts';
import type { subjectSets } from '../../policy/sets/subjects.ts';
import type { Span } from '../../source/span.ts';
import { MeaningDiagrams } from '../meaning/meant.ts';
import { Universe } from '../proof/universe.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import { Shares } from '../sets/shares.ts';
import type { Space } from '../space/space.ts';
import { MetBoxes, type Sight } from './met-boxes.ts';
import type { Statement, Statements } from './statements.ts';

export interface Idle {
  readonly because: 'covered' | 'denied' | 'no packet';
  readonly by: readonly Span[];
}

/** Statements that are told as the reason. */
const mostReasons = 3;

/** What of the universe a kind of statement could decide about, and what of that one statement decides alone. */
interface Stake {
  readonly shares: Shares;
  /** Without what several of them say. */
  readonly alone: SetId;
}

export class FamilyFindings {
  private readonly space: Space;
  private readonly meaning: Meaning;
  private readonly sets: MeaningSets;
  private readonly statements: Statements;
  private readonly subjects: ReturnType<typeof subjectSets>;
  private readonly meant: MeaningDiagrams;
  private readonly met: MetBoxes;
  private readonly first: SetId;
  private readonly made = new Map<string, unknown>();

  constructor(
    space: Space,
    meaning: Meaning,
    sets: MeaningSets,
    statements: Statements,
    subjects: ReturnType<typeof subjectSets>,
  ) {
    this.space = space;
    this.meaning = meaning;
    this.sets = sets;
    this.statements = statements;
    this.subjects = subjects;
    this.meant = new MeaningDiagrams(space, meaning, sets);
    this.met = new MetBoxes(space, this.meant);
    const universe = new Universe(space, meaning, this.meant);
    this.first = space.diagrams.subtract(universe.first(), universe.unmanaged());
  }

  /** Whether without the statement some packet would be treated otherwise. */
  matters(statement: Statement): boolean {
    const { met } = this;
    const { boxes, reject } = statement;
    switch (statement.kind) {
      case 'permit':
        return met.meets(boxes, 'sent', this.permitted.alone);
      case 'deny':
        return (
          met.meets(boxes, 'sent', this.plainDenied(reject).alone) ||
          met.meets(boxes, 'sent', this.translatedDenied(reject).alone) ||
          met.meets(boxes, 'real', this.translatedDenied(reject).alone) ||
          (reject && this.rejectsMore(boxes))
        );
      case 'publish':
        return met.meets(boxes, 'sent', this.delivered.translated);
    }
  }

  /** Why a statement that does not matter does not. */
  idle(statement: Statement): Idle {
    switch (statement.kind) {
      case 'permit':
        return this.idlePermit(statement);
      case 'deny':
        return this.idleDeny(statement);
      case 'publish':
        return this.idlePublication(statement);
    }
  }

  private idlePermit(statement: Statement): Idle {
    const { diagrams } = this.space;
    const own = diagrams.intersect(this.setOf(statement.boxes, 'sent'), this.first);
    if (own === empty) return { because: 'no packet', by: [] };
    const open = diagrams.intersect(own, this.free);
    if (open === empty) return { because: 'denied', by: this.spansOf(false, 'sent', own) };
    return { because: 'covered', by: this.spansMeeting(this.permitted.shares, this.permitting, open, statement) };
  }

  private idleDeny(statement: Statement): Idle {
    const { diagrams } = this.space;
    const { plain, translated } = this.undenied;
    const [sent, real] = [this.setOf(statement.boxes, 'sent'), this.setOf(statement.boxes, 'real')];
    const either = diagrams.unite(sent, real);
    if (!diagrams.meets(either, this.first)) return { because: 'no packet', by: [] };
    const touched = diagrams.unite(diagrams.intersect(plain, sent), diagrams.intersect(translated, either));
    return {
      because: 'covered',
      by: touched === empty ? [] : this.spansOf(statement.reject, 'sent', touched, statement),
    };
  }

  private idlePublication({ boxes }: Statement): Idle {
    const { diagrams } = this.space;
    const own = diagrams.intersect(this.setOf(boxes, 'sent'), this.first);
    if (own === empty) return { because: 'no packet', by: [] };
    const translated = diagrams.intersect(own, this.undenied.translated);
    // by what they were sent to or by where they go
    const by = [...this.spansOf(false, 'sent', translated), ...this.spansOf(false, 'real', translated)];
    return { because: 'denied', by: [...new Set(by)] };
  }

  /** What a statement lets in from outside, and whether expectations speak of it. Undefined: nothing. */
  opening({ kind, boxes }: Statement, expected: readonly FlowBox[]): { readonly covered: boolean } | undefined {
    const { open, untold } = kind === 'publish' ? this.openings(true, expected) : this.openings(false, expected);
    if (!this.met.meets(boxes, 'sent', open)) return undefined;
    return { covered: !this.met.meets(boxes, 'sent', untold) };
  }

  /** What comes in from outside, and what of it no expectation speaks of. */
  private openings(
    translated: boolean,
    expected: readonly FlowBox[],
  ): { readonly open: SetId; readonly untold: SetId } {
    return this.once(`openings ${translated}`, () => {
      const { diagrams } = this.space;
      const open = translated
        ? diagrams.intersect(this.delivered.translated, this.meant.fromOutside())
        : diagrams.intersectAll(this.delivered.plain, this.meant.fromOutside(), this.inside());
      return { open, untold: diagrams.subtract(open, this.told(expected)) };
    });
  }

  /** Destinations and ports that expectations speak of, whoever sends there. */
  private told(expected: readonly FlowBox[]): SetId {
    return this.once('told', () => {
      const { diagrams } = this.space;
      const { boxes } = this.meant;
      const outside = this.meant.fromOutside();
      return diagrams.uniteAll(
        expected.map(({ sources, destinations, services }) => {
          const senders = diagrams.intersect(boxes.sources(sources), outside);
          if (senders === empty) return empty;
          const receivers = boxes.destinations(destinations, 'destination');
          return this.whereTo(diagrams.intersectAll(senders, receivers, boxes.services(services, 'destinationPort')));
        }),
      );
    });
  }

  /** Without who sends it. */
  private whereTo(set: SetId): SetId {
    const { space } = this;
    const fields = [
      'origin',
      'source',
      'sourcePort',
      'hopLimit',
      'tcpFlags',
      'icmpCode',
      'realDestination',
      'realPort',
      'seenSource',
    ] as const;
    return space.diagrams.project(set, space.diagrams.mask(fields.flatMap((field) => space.levelsOf(field))));
  }

  /** To the host or a declared network. */
  private inside(): SetId {
    const { host, networks } = this.meaning.atlas;
    return this.meant.boxes.destinations(this.subjects([host, ...networks], true).destinations, 'destination');
  }

  /** Packets that a permit would let pass: nothing denies them and the host forwards them. */
  private get free(): SetId {
    return this.once('free', () => this.deliveredWith({ ...this.sets, permits: [this.anything] }).plain);
  }

  /** What would be delivered without any deny: as sent, and translated. */
  private get undenied(): { readonly plain: SetId; readonly translated: SetId } {
    return this.once('undenied', () => this.deliveredWith({ ...this.sets, denies: [] }));
  }

  private get delivered(): { readonly plain: SetId; readonly translated: SetId } {
    return this.once('delivered', () => this.deliveredWith(this.sets));
  }

  /** Where permits stand in the tree of them: the baseline comes before all statements. */
  private get permitting(): readonly (Statement | undefined)[] {
    return [undefined, ...this.statements.permits];
  }

  /** A permit decides about what may pass and nothing else permits. */
  private get permitted(): Stake {
    return this.once('permitted', () => {
      const { permits, baseline } = this.statements;
      return this.stake(this.free, [
        this.setOf(baseline, 'sent'),
        ...permits.map(({ boxes }) => this.setOf(boxes, 'sent')),
      ]);
    });
  }

  private denies(reject: boolean): readonly Statement[] {
    return this.once(`denies ${reject}`, () => this.statements.denies.filter((deny) => !reject || deny.reject));
  }

  /** A deny decides about packets that would pass without it; `reject`: among those that reject, for how the sender learns of it. */
  private plainDenied(reject: boolean): Stake {
    return this.once(`plain ${reject}`, () => this.stake(this.undenied.plain, this.setsOfDenies(reject, 'sent')));
  }

  private translatedDenied(reject: boolean): Stake {
    return this.once(`translated ${reject}`, () => {
      const { diagrams } = this.space;
      const { translated } = this.undenied;
      const within = (sight: Sight): readonly SetId[] =>
        this.setsOfDenies(reject, sight).map((set) => diagrams.intersect(translated, set));
      const real = within('real');
      return this.stake(
        translated,
        within('sent').map((set, index) => diagrams.unite(set, real[index] ?? empty)),
      );
    });
  }

  /** Whether what nobody permits is rejected by this statement alone, where it would be dropped without it. */
  private rejectsMore(boxes: readonly FlowBox[]): boolean {
    const { rejected, asked } = this.rejectable;
    return this.met.meets(boxes, 'sent', rejected) || this.met.meets(boxes, 'real', asked);
  }

  /** What one rejecting statement alone rejects: as sent, and by where it is translated to. */
  private get rejectable(): { readonly rejected: SetId; readonly asked: SetId } {
    return this.once('rejectable', () => {
      const { diagrams } = this.space;
      const everybody = { ...this.anything, reject: true };
      const all = this.meaningOf({ ...this.sets, denies: [everybody] }).meant(this.first).rejected;
      const could = diagrams.uniteAll([...all.values()]);
      const asked = this.meant.translated(this.first);
      const sent = this.setsOfDenies(true, 'sent').map((set) => diagrams.intersect(could, set));
      const real = this.setsOfDenies(true, 'real').map((set) => this.asSent(diagrams.intersect(asked, set)));
      const { several } = new Shares(
        diagrams,
        sent.map((set, index) => diagrams.unite(set, real[index] ?? empty)),
      );
      return { rejected: diagrams.subtract(could, several), asked: diagrams.subtract(asked, several) };
    });
  }

  private asSent(set: SetId): SetId {
    const { diagrams } = this.space;
    return diagrams.project(
      set,
      diagrams.mask([...this.space.levelsOf('realDestination'), ...this.space.levelsOf('realPort')]),
    );
  }

  private stake(of: SetId, sets: readonly SetId[]): Stake {
    const { diagrams } = this.space;
    const shares = new Shares(diagrams, sets);
    return { shares, alone: diagrams.subtract(of, shares.several) };
  }

  private setsOfDenies(reject: boolean, sight: Sight): readonly SetId[] {
    return this.denies(reject).map(({ boxes }) => this.setOf(boxes, sight));
  }

  private setOf(boxes: readonly FlowBox[], sight: Sight): SetId {
    return sight === 'sent'
      ? this.meant.boxes.boxes(boxes, 'destination', 'destinationPort')
      : this.meant.boxes.boxes(boxes, 'realDestination', 'realPort');
  }

  private deliveredWith(sets: MeaningSets): { readonly plain: SetId; readonly translated: SetId } {
    const { diagrams } = this.space;
    const { delivered } = this.meaningOf(sets).meant(this.first);
    const seen = diagrams.mask(this.space.levelsOf('seenSource'));
    const of = (translated: boolean): SetId =>
      diagrams.project(
        diagrams.uniteAll(
          delivered
            .filter(({ binding }) => (binding.destination === 'realDestination') === translated)
            .map(({ set }) => set),
        ),
        seen,
      );
    return { plain: of(false), translated: of(true) };
  }

  private meaningOf(sets: MeaningSets): MeaningDiagrams {
    return sets === this.sets ? this.meant : new MeaningDiagrams(this.space, this.meaning, sets);
  }

  /** Denies that meet a set, the first of them; `reject`: those that reject alone. */
  private spansOf(reject: boolean, sight: Sight, set: SetId, but?: Statement): readonly Span[] {
    const shares = this.once(
      `denies ${reject} ${sight}`,
      () => new Shares(this.space.diagrams, this.setsOfDenies(reject, sight)),
    );
    return this.spansMeeting(shares, this.denies(reject), set, but);
  }

  private spansMeeting(
    shares: Shares,
    statements: readonly (Statement | undefined)[],
    set: SetId,
    but: Statement | undefined,
  ): readonly Span[] {
    const spans: Span[] = [];
    for (const index of shares.meeting(set)) {
      const statement = statements[index];
      if (statement === undefined || statement === but) continue;
      spans.push(statement.span);
      if (spans.length === mostReasons) break;
    }
    return spans;
  }

  /** Everything that anybody may send. */
  private get anything(): FlowBox {
    const destinations = families.map((family) => ({
      family,
      first: 0n,
      last: family === 'ipv4' ? 0xffff_ffffn : (1n << 128n) - 1n,
    }));
    return { sources: this.sets.senders, destinations, services: [{ kind: 'any' }], because: undefined };
  }

  private once<Made>(name: string, make: () => Made): Made {
    if (!this.made.has(name)) this.made.set(name, make());
    return this.made.get(name) as Made;
  }
}
