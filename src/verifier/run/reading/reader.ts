/** Reads what expressions of rules show of packets, as a hook sees them. */
import type { Expression, MetaExpression, PayloadExpression } from '../../../ruleset/expression.ts';
import { everything } from '../../sets/diagrams.ts';
import { prefixMaskLength } from '../../space/cuts-of-rules.ts';
import type { Space } from '../../space/space.ts';
import { describe } from './expression-text.ts';
import { ConntrackReader, familyNumbers } from './read-conntrack.ts';
import { FibReader } from './read-fib.ts';
import { etherTypes, HeaderReader } from './read-headers.ts';
import { InterfaceReader } from './read-interfaces.ts';
import { absent, constant, type Reading, unknown } from './reading.ts';
import type { Sight } from './sight.ts';

export class Reader {
  private readonly space: Space;
  private readonly sight: Sight;
  private readonly headers: HeaderReader;
  private readonly interfaces: InterfaceReader;
  private readonly conntrack: ConntrackReader;
  private readonly fib: FibReader;

  /** `afterTracking`: whether conntrack has seen the packet. */
  constructor(space: Space, sight: Sight, afterTracking: boolean) {
    this.space = space;
    this.sight = sight;
    this.headers = new HeaderReader(space, sight);
    this.interfaces = new InterfaceReader(space);
    this.conntrack = new ConntrackReader(space, sight, afterTracking);
    this.fib = new FibReader(space, sight, this.interfaces);
  }

  read(expression: Expression): Reading {
    switch (expression.kind) {
      case 'payload':
        return this.headers.payload(expression);
      case 'raw-payload': {
        const same = rawFields[`${expression.base},${expression.offset},${expression.length}`];
        return same === undefined ? unknown(describe(expression)) : this.headers.payload(same);
      }
      case 'meta':
        return this.meta(expression);
      case 'ct':
        return this.conntrack.read(expression);
      case 'fib':
        return this.fib.read(expression);
      case 'bitwise':
        return this.bitwise(expression);
      case 'constant':
        return expression.value.kind === 'integer' ? constant(expression.value.value) : unknown('a constant');
      case 'exthdr':
        return expression.field === undefined ? constant(0) : absent; // unfragmented, no extension headers
      case 'ip-option':
      case 'tcp-option':
        return expression.field === undefined ? constant(0) : absent; // no options
      case 'physdev':
      case 'map':
      case 'numgen':
      case 'jhash':
      case 'symhash':
      case 'concat':
        return unknown(describe(expression));
    }
  }

  private meta({ key }: MetaExpression): Reading {
    const { sight, space } = this;
    switch (key) {
      case 'iifname':
      case 'iif':
        return this.interfaces.name(sight.input, 'input');
      case 'oifname':
      case 'oif':
        return this.interfaces.name(sight.output, 'output');
      case 'ibrname':
        return sight.layer === 'bridge' && sight.input.kind === 'device'
          ? this.interfaces.name({ kind: 'origin' }, 'input')
          : unknown(`meta ${key}`);
      case 'mark':
        return { kind: 'mark', key: 'mark', has: everything, mask: 0xffff_ffff };
      case 'l4proto':
        return this.headers.protocol();
      case 'nfproto':
        return constant(sight.layer === 'bridge' ? familyNumbers.bridge : familyNumbers[space.family]);
      case 'protocol':
        return constant(etherTypes[space.family]);
      case 'pkttype':
        return constant(0);
      default:
        return unknown(`meta ${key}`);
    }
  }

  private bitwise(expression: Extract<Expression, { kind: 'bitwise' }>): Reading {
    const left = this.read(expression.left);
    if (left.kind === 'absent' || left.kind === 'unknown') return left;
    const length = prefixMaskLength(expression);
    if (left.kind === 'field' && length !== undefined && left.prefixLength === undefined)
      return { ...left, key: `${left.key}&${length}`, prefixLength: length };
    const constant =
      expression.right.kind === 'constant' && expression.right.value.kind === 'integer'
        ? expression.right.value.value
        : undefined;
    if (constant === undefined) return unknown(describe(expression));
    if (left.kind === 'mark' && expression.operation === 'and')
      return { ...left, key: `${left.key}&${constant}`, mask: (left.mask & constant) >>> 0 };
    if (left.kind === 'cases') {
      const cases = left.cases.map(({ set, value }) => ({
        set,
        value: combineNumbers(expression.operation, Number(value), constant),
      }));
      return { ...left, key: `${left.key} ${expression.operation} ${constant}`, cases };
    }
    if (left.kind === 'field' && left.field === 'tcpFlags') {
      const partition = this.space.partitions.tcpFlags;
      const cases = Array.from({ length: partition.size }, (_, index) => ({
        set: this.space.diagrams.intersect(
          left.has,
          this.space.classes('tcpFlags', (one) => one === index),
        ),
        value: combineNumbers(expression.operation, Number(partition.firstOf(index)), constant),
      }));
      return { kind: 'cases', key: `${left.key} ${expression.operation} ${constant}`, has: left.has, cases };
    }
    return unknown(describe(expression));
  }
}

function combineNumbers(operation: string, left: number, right: number): number {
  switch (operation) {
    case 'and':
      return (left & right) >>> 0;
    case 'or':
      return (left | right) >>> 0;
    case 'xor':
      return (left ^ right) >>> 0;
    case 'lshift':
      return (left << right) >>> 0;
    default:
      return left >>> right;
  }
}

const rawFields: Readonly<Record<string, PayloadExpression>> = {
  'th,0,16': { kind: 'payload', protocol: 'th', field: 'sport' },
  'th,16,16': { kind: 'payload', protocol: 'th', field: 'dport' },
  'nh,96,32': { kind: 'payload', protocol: 'ip', field: 'saddr' },
  'nh,128,32': { kind: 'payload', protocol: 'ip', field: 'daddr' },
  'nh,72,8': { kind: 'payload', protocol: 'ip', field: 'protocol' },
};
