/**
 * What a policy says in vain, exactly: statements that decide about no packet, allows that denies beat altogether,
 * publications that nobody may use; and what is open to the outside without an expectation that speaks of it.
 */
import { families } from '../../net/address.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { FlowBox } from '../../policy/sets/flow-box.ts';
import type { MeaningSets } from '../../policy/sets/meaning-sets.ts';
import { subjectSets } from '../../policy/sets/subjects.ts';
import type { Span } from '../../source/span.ts';
import { cutByBox } from '../meaning/cuts-of-meaning.ts';
import { MeaningDiagrams } from '../meaning/meant.ts';
import { proofSpace, proofSubject } from '../proof/prove.ts';
import { Universe } from '../proof/universe.ts';
import { empty, everything, type SetId } from '../sets/diagrams.ts';
import type { CutCollector } from '../space/cuts.ts';
import type { Space } from '../space/space.ts';

export type Finding =
  | {
      readonly kind: 'never-matters';
      readonly span: Span;
      readonly because: 'covered' | 'denied' | 'no packet';
      readonly by: readonly Span[];
    }
  | { readonly kind: 'unreachable-publication'; readonly span: Span; readonly by: readonly Span[] };

/** Something that lets packets in from outside. */
export interface Opening {
  readonly span: Span;
  /** Whether an expectation speaks of every destination and port that it opens. */
  readonly covered: boolean;
}

export interface Findings {
  readonly findings: readonly Finding[];
  readonly openings: readonly Opening[];
}

export function findingsOf(meaning: Meaning): Findings {
  const subject = proofSubject(meaning);
  const expected = expectedBoxes(meaning);
  const perFamily = families.map((family) => {
    const cut = (cuts: CutCollector): void => {
      for (const box of expected) cutByBox(cuts, box);
    };
    return new FamilyFindings(proofSpace(subject, family, [], { cut }), meaning, subject.sets, expected);
  });
  const statements = statementsOf(subject.sets);
  const findings: Finding[] = [];
  for (const statement of statements) {
    const verdicts = perFamily.map((one) => one.statement(statement));
    if (verdicts.some(({ matters }) => matters)) continue;
    const by = distinct(verdicts.flatMap((verdict) => verdict.by));
    const because = verdicts.some((verdict) => verdict.because === 'covered')
      ? ('covered' as const)
      : verdicts.some((verdict) => verdict.because === 'denied')
        ? ('denied' as const)
        : ('no packet' as const);
    const kind = statement.kind === 'publish' ? ('unreachable-publication' as const) : ('never-matters' as const);
    findings.push(
      kind === 'never-matters' ? { kind, span: statement.span, because, by } : { kind, span: statement.span, by },
    );
  }
  const openings = statements
    .filter(({ kind }) => kind !== 'deny')
    .flatMap((statement): readonly Opening[] => {
      const opens = perFamily.map((one) => one.opening(statement)).filter((opening) => opening !== undefined);
      return opens.length === 0 ? [] : [{ span: statement.span, covered: opens.every(({ covered }) => covered) }];
    });
  return { findings, openings };
}

/** What expectations speak of. */
function expectedBoxes(meaning: Meaning): readonly FlowBox[] {
  const subjects = subjectSets(meaning);
  return meaning.atlas.model.expectations.map(({ from, to, services }) => ({
    sources: subjects(from, false).sources,
    destinations: subjects(to, false).destinations,
    services,
    because: undefined,
  }));
}

interface Statement {
  readonly kind: 'permit' | 'deny' | 'publish';
  readonly span: Span;
  readonly boxes: readonly FlowBox[];
  readonly reject: boolean;
}

/** The boxes of the meaning by the statement that they come from; the baseline comes from none. */
function statementsOf({ permits, denies, translations }: MeaningSets): readonly Statement[] {
  const gather = (
    kind: Statement['kind'],
    boxes: readonly FlowBox[],
    reject: (box: FlowBox) => boolean,
  ): readonly Statement[] => {
    const bySpan = new Map<Span, FlowBox[]>();
    for (const box of boxes) {
      if (box.because === undefined) continue;
      const list = bySpan.get(box.because) ?? [];
      list.push(box);
      bySpan.set(box.because, list);
    }
    return [...bySpan].map(([span, list]) => ({ kind, span, boxes: list, reject: list.some(reject) }));
  };
  return [
    ...gather('permit', permits, () => false),
    ...gather('deny', denies, (box) => 'reject' in box && box.reject === true),
    ...gather('publish', translations, () => false),
  ];
}

interface StatementVerdict {
  readonly matters: boolean;
  readonly because: 'covered' | 'denied' | 'no packet';
  readonly by: readonly Span[];
}

const idle: StatementVerdict = { matters: false, because: 'no packet', by: [] };

class FamilyFindings {
  private readonly space: Space;
  private readonly meaning: Meaning;
  private readonly sets: MeaningSets;
  private readonly meant: MeaningDiagrams;
  private readonly first: SetId;
  private readonly own = new Map<FlowBox, { readonly sent: SetId; readonly real: SetId }>();
  /** Packets that a permit would let pass: nothing denies them and the host forwards them. */
  private readonly free: SetId;
  /** What would be delivered without any deny: as sent, and translated. */
  private readonly undenied: { readonly plain: SetId; readonly translated: SetId };
  private readonly delivered: { readonly plain: SetId; readonly translated: SetId };
  private readonly told: SetId;

  constructor(space: Space, meaning: Meaning, sets: MeaningSets, expected: readonly FlowBox[]) {
    this.space = space;
    this.meaning = meaning;
    this.sets = sets;
    this.meant = new MeaningDiagrams(space, meaning, sets);
    const universe = new Universe(space, meaning, this.meant);
    this.first = space.diagrams.subtract(universe.first(), universe.unmanaged());
    this.delivered = this.deliveredWith(sets);
    this.undenied = this.deliveredWith({ ...sets, denies: [] });
    this.free = this.deliveredWith({ ...sets, permits: [anything(sets)] }).plain;
    this.told = this.toldBy(expected);
  }

  statement(statement: Statement): StatementVerdict {
    switch (statement.kind) {
      case 'permit':
        return this.permit(statement);
      case 'deny':
        return this.deny(statement);
      case 'publish':
        return this.publish(statement);
    }
  }

  /** An allow decides about packets that nothing else permits and nothing denies. */
  private permit(statement: Statement): StatementVerdict {
    const { diagrams } = this.space;
    const own = diagrams.intersect(this.union(statement.boxes, 'sent'), this.first);
    if (own === empty) return idle;
    const open = diagrams.intersect(own, this.free);
    if (open === empty) return { matters: false, because: 'denied', by: this.spansOf(this.sets.denies, own, 'sent') };
    const others = this.sets.permits.filter(({ because }) => because !== statement.span);
    const rest = diagrams.subtract(open, this.union(others, 'sent'));
    return rest === empty ? { matters: false, because: 'covered', by: this.spansOf(others, open, 'sent') } : matters;
  }

  /** A deny decides about packets that would pass without it; one that rejects also about how the sender learns of it. */
  private deny(statement: Statement): StatementVerdict {
    const { diagrams } = this.space;
    const [sent, real] = [this.union(statement.boxes, 'sent'), this.union(statement.boxes, 'real')];
    if (diagrams.intersect(diagrams.unite(sent, real), this.first) === empty) return idle;
    const others = this.sets.denies.filter(
      ({ because, reject }) => because !== statement.span && (!statement.reject || reject),
    );
    const [otherSent, otherReal] = [this.union(others, 'sent'), this.union(others, 'real')];
    const { plain, translated } = this.undenied;
    const plainRest = diagrams.subtract(diagrams.intersect(plain, sent), otherSent);
    const both = (one: SetId, other: SetId): SetId => diagrams.intersect(translated, diagrams.unite(one, other));
    const translatedRest = diagrams.subtract(both(sent, real), both(otherSent, otherReal));
    if (plainRest !== empty || translatedRest !== empty) return matters;
    if (statement.reject && this.rejectsMore(statement)) return matters;
    const touched = diagrams.unite(diagrams.intersect(plain, sent), both(sent, real));
    if (touched === empty) return { matters: false, because: 'covered', by: [] };
    return { matters: false, because: 'covered', by: this.spansOf(others, touched, 'sent') };
  }

  private rejectsMore({ span }: Statement): boolean {
    const without = { ...this.sets, denies: this.sets.denies.filter(({ because }) => because !== span) };
    const [all, less] = [this.sets, without].map(
      (sets) => new MeaningDiagrams(this.space, this.meaning, sets).meant(this.first).rejected,
    );
    return [...(all ?? [])].some(([way, set]) => less?.get(way) !== set);
  }

  private publish(statement: Statement): StatementVerdict {
    const { diagrams } = this.space;
    const own = diagrams.intersect(this.union(statement.boxes, 'sent'), this.first);
    if (own === empty) return idle;
    if (diagrams.intersect(own, this.delivered.translated) !== empty) return matters;
    return { matters: false, because: 'denied', by: this.deniersOf(diagrams.intersect(own, this.undenied.translated)) };
  }

  /** Denies that meet translated packets, by what they were sent to or by where they go. */
  private deniersOf(translated: SetId): readonly Span[] {
    const { denies } = this.sets;
    return distinct([...this.spansOf(denies, translated, 'sent'), ...this.spansOf(denies, translated, 'real')]);
  }

  /** What a statement lets in from outside, and whether expectations speak of it. Undefined: nothing. */
  opening({ kind, boxes }: Statement): { readonly covered: boolean } | undefined {
    const { diagrams } = this.space;
    const outside = this.meant.fromOutside();
    const delivered = kind === 'publish' ? this.delivered.translated : this.delivered.plain;
    const inward = kind === 'publish' ? everything : this.inside();
    const set = diagrams.intersectAll(this.union(boxes, 'sent'), delivered, outside, inward);
    if (set === empty) return undefined;
    return { covered: diagrams.includes(this.told, this.whereTo(set)) };
  }

  private toldBy(expected: readonly FlowBox[]): SetId {
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
    const { boxes } = this.meant;
    const { host, networks } = this.meaning.atlas;
    return boxes.destinations(subjectSets(this.meaning)([host, ...networks], true).destinations, 'destination');
  }

  private deliveredWith(sets: MeaningSets): { readonly plain: SetId; readonly translated: SetId } {
    const { diagrams } = this.space;
    const { delivered } = new MeaningDiagrams(this.space, this.meaning, sets).meant(this.first);
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

  private union(boxes: readonly FlowBox[], as: 'sent' | 'real'): SetId {
    return this.space.diagrams.uniteAll(boxes.map((box) => this.setOf(box)[as]));
  }

  private setOf(box: FlowBox): { readonly sent: SetId; readonly real: SetId } {
    const known = this.own.get(box);
    if (known !== undefined) return known;
    const { boxes } = this.meant;
    const made = {
      sent: boxes.boxes([box], 'destination', 'destinationPort'),
      real: boxes.boxes([box], 'realDestination', 'realPort'),
    };
    this.own.set(box, made);
    return made;
  }

  /** The statements whose boxes meet a set. */
  private spansOf(boxes: readonly FlowBox[], set: SetId, as: 'sent' | 'real'): readonly Span[] {
    const { diagrams } = this.space;
    return distinct(
      boxes.flatMap((box) =>
        box.because !== undefined && diagrams.intersect(this.setOf(box)[as], set) !== empty ? [box.because] : [],
      ),
    ).slice(0, 3);
  }
}

const matters: StatementVerdict = { matters: true, because: 'covered', by: [] };

/** A permit for everything that anybody may send. */
function anything({ senders }: MeaningSets): FlowBox {
  const destinations = families.map((family) => ({
    family,
    first: 0n,
    last: family === 'ipv4' ? 0xffff_ffffn : (1n << 128n) - 1n,
  }));
  return { sources: senders, destinations, services: [{ kind: 'any' }], because: undefined };
}

const distinct = (spans: readonly Span[]): readonly Span[] => [...new Set(spans)];
