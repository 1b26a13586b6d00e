/**
 * Statements without which the policy would mean the same: an allow of what is allowed anyway or denied in any case, a deny of
 * what is denied anyway. Only what follows exactly is reported: each pair of subjects is compared with statements about the
 * same subjects, about the network of a container that is on one network alone, and about `any`.
 */
import { neverMatters } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import { type Baseline, baselineAllowance } from '../baseline.ts';
import { isLoopback } from '../held-addresses.ts';
import type { Access, Subject } from '../model.ts';
import { type ServiceSet, serviceSet } from '../service-set.ts';
import { subjectKey } from '../subjects.ts';
import type { CheckContext } from './rule.ts';

/** Statements that join more subjects than this on both sides together are not judged, and cover nothing. */
const pairLimit = 64;

type Pair = readonly [from: Subject, to: Subject];

interface Statement {
  readonly access: Access;
  readonly pairs: readonly Pair[];
}

/** Why a statement never matters. */
interface Reason {
  readonly because: string;
  readonly by: Access | undefined;
}

export function* checkNeverMatters({ model }: CheckContext): Generator<Diagnostic> {
  const statements = model.access.map((access) => ({ access, pairs: pairsOf(access) }));
  const baseline = baselineAllowance(model);
  const keys = subjectNumbers();
  const reasons = new Map<Statement, Reason>();
  for (const statement of statements)
    if (statement.access.to.every(isOnLoopback) || statement.access.from.every(isOnLoopback))
      reasons.set(statement, { because: loopbackIsFree, by: undefined });
  const remaining = (): Statement[] => statements.filter((statement) => !reasons.has(statement));

  // First against the statements before, then what remains against those behind it: of two equal ones the later is reported.
  for (const order of [remaining(), remaining().reverse()]) {
    const seen = coverage(keys);
    for (const statement of order) {
      if (reasons.has(statement)) continue;
      const reason = coveredBy(statement, seen, baseline);
      if (reason === undefined) seen.add(statement);
      else reasons.set(statement, reason);
    }
  }
  const denies = coverage(keys);
  for (const statement of remaining()) if (statement.access.action === 'deny') denies.add(statement);
  for (const statement of remaining()) {
    if (statement.access.action !== 'allow' || statement.pairs.length === 0) continue;
    const by = denies.of('deny', statement);
    if (by !== undefined) reasons.set(statement, { because: 'all of it is denied, and a deny beats an allow', by });
  }
  for (const statement of statements) {
    const reason = reasons.get(statement);
    if (reason !== undefined) yield describe(statement.access, reason);
  }
}

const loopbackIsFree = 'nothing from a wire reaches loopback, and what the host sends to itself there always passes';

function isOnLoopback(subject: Subject): boolean {
  return subject.kind === 'prefix' && isLoopback(subject.prefix.address);
}

function describe(access: Access, { because, by }: Reason): Diagnostic {
  return report(neverMatters, access.span, `this ${access.action} can never matter: ${because}`, {
    related: by === undefined ? [] : [{ span: by.span, message: `by this ${by.action}` }],
    help: 'remove it, or correct what it was meant to say',
  });
}

/** The pairs that a statement is about; none where there are too many, or where it writes to the log. */
function pairsOf({ from, to, log }: Access): Pair[] {
  if (log !== undefined || from.length * to.length > pairLimit) return [];
  return from.flatMap((source) => to.map((destination): Pair => [source, destination]));
}

function coveredBy(statement: Statement, seen: Coverage, baseline: Baseline): Reason | undefined {
  const { access, pairs } = statement;
  if (pairs.length === 0) return undefined;
  if (access.action === 'deny') {
    const by = seen.of(access.reject ? 'reject' : 'deny', statement);
    return by && { because: 'all of it is denied already', by };
  }
  const allowances = pairs.map(([from, to]) => baseline(from, to));
  const left = pairs.filter((_, index) => allowances[index] === undefined);
  const [first] = allowances;
  if (left.length === 0) return first === undefined ? undefined : { because: first, by: undefined };
  const by = seen.of('allow', { access, pairs: left });
  return by && { because: 'all of it is allowed already', by };
}

/** `reject` holds the denies that reject: where several denies cover a flow, reject wins, so a drop does not replace it. */
type CoverKind = 'allow' | 'deny' | 'reject';

interface Coverage {
  readonly add: (statement: Statement) => void;
  /** A statement that takes part in covering all of another one; undefined where something is left. */
  readonly of: (kind: CoverKind, statement: Statement) => Access | undefined;
}

function coverage(numberOf: (key: unknown) => number): Coverage {
  const sets = new Map<string, ServiceSet<Access>>();
  const key = (kind: CoverKind, from: unknown, to: unknown): string => `${kind} ${numberOf(from)} ${numberOf(to)}`;

  function insert(kind: CoverKind, { access, pairs }: Statement): void {
    for (const [from, to] of pairs) {
      const name = key(kind, subjectKey(from), subjectKey(to));
      const set = sets.get(name) ?? serviceSet<Access>();
      sets.set(name, set);
      set.add(access.services, access);
    }
  }

  function coverOfPair(kind: CoverKind, [from, to]: Pair, access: Access): Access | undefined {
    for (const wideFrom of holders(from))
      for (const wideTo of holders(to)) {
        const by = sets.get(key(kind, wideFrom, wideTo))?.covers(access.services);
        if (by !== undefined) return by;
      }
    return undefined;
  }

  return {
    add(statement) {
      insert(statement.access.action, statement);
      if (statement.access.action === 'deny' && statement.access.reject) insert('reject', statement);
    },
    of(kind, { access, pairs }) {
      let first: Access | undefined;
      for (const pair of pairs) {
        const by = coverOfPair(kind, pair, access);
        if (by === undefined) return undefined;
        first ??= by;
      }
      return first;
    },
  };
}

/** Keys of subjects that hold all of a subject: itself, its network where it has just one, and `any`. */
function holders(subject: Subject): readonly unknown[] {
  const own = subjectKey(subject);
  if (subject.kind === 'any') return [own];
  if (subject.kind !== 'container') return [own, 'any'];
  const [endpoint, second] = subject.endpoints;
  return endpoint !== undefined && second === undefined ? [own, endpoint.network, 'any'] : [own, 'any'];
}

function subjectNumbers(): (key: unknown) => number {
  const numbers = new Map<unknown, number>();
  return (key) => {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, numbers.size);
    return numbers.size - 1;
  };
}
