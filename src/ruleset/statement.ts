/** What a rule does, in the order it does it: matches end the rule when they fail, other statements take effect at once [17]. */
import type { Expression } from './expression.ts';
import type { MapReference, SetReference } from './set.ts';
import type { Value } from './value.ts';

export type Statement =
  | MatchStatement
  | VerdictMapStatement
  | VerdictStatement
  | NatStatement
  | RejectStatement
  | AssignStatement
  | CounterStatement
  | LimitStatement
  | LogStatement
  | NotrackStatement
  | SetUpdateStatement
  | UnknownStatement;

export type MatchOperator = '==' | '!=' | '<' | '>' | '<=' | '>=';

/** The right side of a match: a value, a set, or (`bits`) any of these bits. */
export type Operand =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'set'; readonly set: SetReference }
  /** At least one of these bits is set (`==`), or none is (`!=`): `ct state new,related`, `ct status dnat`, `tcp flags syn`. */
  | { readonly kind: 'bits'; readonly bits: number }
  /**
   * A constant that whoever published the rules has blacked out (`XX:XX:XX:XX:XX:XX`): one definite value, unknown to us and to
   * nothing else in the ruleset tied. `text` is what stands there.
   */
  | { readonly kind: 'redacted'; readonly text: string };

export interface MatchStatement {
  readonly kind: 'match';
  readonly left: Expression;
  readonly operator: MatchOperator;
  readonly right: Operand;
}

/** A verdict looked up by key; a miss goes on with the next statement's rule [16]. */
export interface VerdictMapStatement {
  readonly kind: 'vmap';
  readonly key: Expression;
  readonly map: MapReference;
}

export type Verdict =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'continue' }
  | { readonly kind: 'return' }
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'goto'; readonly chain: string }
  | { readonly kind: 'queue'; readonly text: string };

export interface VerdictStatement {
  readonly kind: 'verdict';
  readonly verdict: Verdict;
}

/** An address or port to translate to: an expression (a map, say), or a constant or range. */
export type NatOperand =
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'value'; readonly value: Value };

/** dnat, snat, masquerade and redirect; terminal for their base chain [12]. */
export interface NatStatement {
  readonly kind: 'nat';
  readonly type: 'dnat' | 'snat' | 'masquerade' | 'redirect';
  /** Needed for `dnat` and `snat` in inet tables [22]. */
  readonly family: 'ip' | 'ip6' | undefined;
  /** `dnat ip addr . port to KEY map MAP` is an address whose data is a concatenation, with `port` undefined. */
  readonly address: NatOperand | undefined;
  readonly port: NatOperand | undefined;
  /** iptables' `a-b/base`: the first original port, so that ports shift one-to-one [79]. */
  readonly shiftBase: number | undefined;
  readonly flags: readonly ('random' | 'fully-random' | 'persistent')[];
}

export interface RejectStatement {
  readonly kind: 'reject';
  readonly with: 'tcp-reset' | 'icmp' | 'icmpv6' | 'icmpx';
  /** The code's nft name (`port-unreachable`, `admin-prohibited`); undefined for a reset. */
  readonly code: string | undefined;
}

/** `meta mark set ...`, `ct mark set ...`. */
export interface AssignStatement {
  readonly kind: 'assign';
  readonly target: Expression;
  readonly value: Expression;
}

export interface CounterStatement {
  readonly kind: 'counter';
  readonly packets: number;
  readonly bytes: number;
}

/** Passes `burst` packets at once, then `rate` a `unit` [144]. */
export interface LimitStatement {
  readonly kind: 'limit';
  readonly rate: number;
  readonly unit: 'second' | 'minute' | 'hour' | 'day' | 'week';
  readonly burst: number;
  readonly over: boolean;
  /** What is counted. */
  readonly of: 'packets' | 'bytes';
}

export interface LogStatement {
  readonly kind: 'log';
  readonly prefix: string | undefined;
  readonly level: string | undefined;
  readonly group: number | undefined;
  readonly flags: readonly string[];
}

export interface NotrackStatement {
  readonly kind: 'notrack';
}

/** `add @set { key }`, `update @set { key }`. */
export interface SetUpdateStatement {
  readonly kind: 'set-update';
  readonly operation: 'add' | 'update' | 'delete';
  readonly set: string;
  readonly key: Expression;
  readonly timeout: number | undefined;
}

/** Something that the reader does not model, kept verbatim with what it may do: never dropped, never guessed. */
export interface UnknownStatement {
  readonly kind: 'unknown';
  readonly text: string;
  /** `match`: may or may not hold; `effect`: may do anything to the packet, its verdict included. */
  readonly effect: 'match' | 'effect' | 'none';
}

const plain = <K extends 'accept' | 'drop' | 'continue' | 'return'>(kind: K): VerdictStatement => ({
  kind: 'verdict',
  verdict: { kind },
});
export const accept: VerdictStatement = plain('accept');
export const drop: VerdictStatement = plain('drop');
export const returnFromChain: VerdictStatement = plain('return');
export const jump = (chain: string): VerdictStatement => ({ kind: 'verdict', verdict: { kind: 'jump', chain } });
export const goto = (chain: string): VerdictStatement => ({ kind: 'verdict', verdict: { kind: 'goto', chain } });
export const counter: CounterStatement = { kind: 'counter', packets: 0, bytes: 0 };

export const equals = (left: Expression, value: Value): MatchStatement => ({
  kind: 'match',
  left,
  operator: '==',
  right: { kind: 'value', value },
});
export const differs = (left: Expression, value: Value): MatchStatement => ({
  kind: 'match',
  left,
  operator: '!=',
  right: { kind: 'value', value },
});
export const inSet = (left: Expression, name: string): MatchStatement => ({
  kind: 'match',
  left,
  operator: '==',
  right: { kind: 'set', set: { kind: 'named', name } },
});
export const notInSet = (left: Expression, name: string): MatchStatement => ({ ...inSet(left, name), operator: '!=' });
export const anyOf = (left: Expression, values: readonly Value[]): MatchStatement => ({
  kind: 'match',
  left,
  operator: '==',
  right: { kind: 'set', set: { kind: 'anonymous', elements: values.map((value) => ({ value, origins: [] })) } },
});
export const hasBits = (left: Expression, bits: number): MatchStatement => ({
  kind: 'match',
  left,
  operator: '==',
  right: { kind: 'bits', bits },
});
export const lacksBits = (left: Expression, bits: number): MatchStatement => ({
  kind: 'match',
  left,
  operator: '!=',
  right: { kind: 'bits', bits },
});
