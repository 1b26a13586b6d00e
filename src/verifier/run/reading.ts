/** What expressions read from a packet, as sets: a field of the space, a few known cases, bits of the mark, or nothing known. */
import type { Family } from '../../net/address.ts';
import type {
  ConntrackExpression,
  Expression,
  FibExpression,
  MetaExpression,
  PayloadExpression,
} from '../../ruleset/expression.ts';
import { empty, everything, type SetId } from '../sets/diagrams.ts';
import type { Value } from '../sets/partition.ts';
import { prefixMaskLength } from '../space/cuts-of-rules.ts';
import type { Field } from '../space/fields.ts';
import { addressTypeOf, addressTypes } from '../space/routes.ts';
import type { AddressField, Space } from '../space/space.ts';
import { linkLocal6 } from './kernel.ts';
import type { InterfaceSight, Sight } from './sight.ts';
import { stateBits, statusBits } from './sight.ts';

export type Reading =
  /** The packet has no such thing: the rule does not match, whatever it compares with. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly text: string }
  /** `has`: the packets that have it; `lowered`: what the packet shows is less than the field by this. */
  | {
      readonly kind: 'field';
      readonly key: string;
      readonly has: SetId;
      readonly field: Field;
      readonly prefixLength: number | undefined;
      readonly lowered: number;
    }
  | { readonly kind: 'cases'; readonly key: string; readonly has: SetId; readonly cases: readonly Case[] }
  | { readonly kind: 'mark'; readonly key: string; readonly has: SetId; readonly mask: number };

export interface Case {
  readonly set: SetId;
  readonly value: Value | string;
}

const absent: Reading = { kind: 'absent' };
const unknown = (text: string): Reading => ({ kind: 'unknown', text });

const portProtocols = [6, 17, 33, 132, 136];
const etherTypes = { ipv4: 0x0800, ipv6: 0x86dd } as const;
const familyNumbers = { ipv4: 2, ipv6: 10, bridge: 7 } as const;

export class Reader {
  private readonly space: Space;
  private readonly sight: Sight;
  /** Whether conntrack has seen the packet: chains before it show `invalid` [30]. */
  private readonly afterTracking: boolean;

  constructor(space: Space, sight: Sight, afterTracking: boolean) {
    this.space = space;
    this.sight = sight;
    this.afterTracking = afterTracking;
  }

  read(expression: Expression): Reading {
    switch (expression.kind) {
      case 'payload':
        return this.payload(expression);
      case 'raw-payload': {
        const same = rawFields[`${expression.base},${expression.offset},${expression.length}`];
        return same === undefined ? unknown(describe(expression)) : this.payload(same);
      }
      case 'meta':
        return this.meta(expression);
      case 'ct':
        return this.conntrack(expression);
      case 'fib':
        return this.fib(expression);
      case 'bitwise':
        return this.bitwise(expression);
      case 'constant':
        return expression.value.kind === 'integer' ? this.constant(expression.value.value) : unknown('a constant');
      case 'exthdr':
        return expression.field === undefined ? this.constant(0) : absent; // unfragmented, no extension headers
      case 'ip-option':
      case 'tcp-option':
        return expression.field === undefined ? this.constant(0) : absent; // no options
      case 'physdev':
      case 'map':
      case 'numgen':
      case 'jhash':
      case 'symhash':
      case 'concat':
        return unknown(describe(expression));
    }
  }

  private constant(value: Value | string, has: SetId = everything): Reading {
    return { kind: 'cases', key: `${value}/${has}`, has, cases: [{ set: has, value }] };
  }

  private field(field: Field, has: SetId = everything, lowered = 0): Reading {
    return { kind: 'field', key: `${field}-${lowered}/${has}`, has, field, prefixLength: undefined, lowered };
  }

  /** Packets of a protocol; an ICMP error is of the error protocol, whatever the connection is. */
  private protocolIs(...numbers: readonly number[]): SetId {
    if (this.sight.errorType !== undefined) return numbers.includes(this.errorProtocol) ? everything : empty;
    return this.space.diagrams.uniteAll(
      numbers.map((number) => {
        const range = this.space.partitions.protocol.classesOf(number, number);
        return range === undefined ? empty : this.space.equal('protocol', number);
      }),
    );
  }

  private get errorProtocol(): number {
    return this.space.family === 'ipv4' ? 1 : 58;
  }

  private payload({ protocol, field }: PayloadExpression): Reading {
    const { space, sight } = this;
    switch (protocol) {
      case 'ip':
      case 'ip6':
        if ((protocol === 'ip') !== (space.family === 'ipv4')) return absent;
        return this.networkHeader(field, `${protocol} ${field}`);
      case 'th':
      case 'tcp':
      case 'udp':
      case 'udplite':
      case 'sctp':
      case 'dccp': {
        const has = this.protocolIs(...(protocol === 'th' ? portProtocols : [transportNumbers[protocol]]));
        if (has === empty) return absent;
        if (field === 'sport') return this.field(sight.sourcePort, has);
        if (field === 'dport') return this.field(sight.destinationPort, has);
        return protocol === 'tcp' && field === 'flags' ? this.field('tcpFlags', has) : unknown(`${protocol} ${field}`);
      }
      case 'icmp':
      case 'icmpv6': {
        const has = this.protocolIs(protocol === 'icmp' ? 1 : 58);
        if (has === empty) return absent;
        if (field === 'type') return this.icmpType(has);
        return field === 'code' && sight.errorType === undefined
          ? this.field('icmpCode', has)
          : unknown(`${protocol} ${field}`);
      }
      case 'ether':
        return field === 'type' ? this.constant(etherTypes[space.family]) : unknown(`ether ${field}`);
      case 'vlan':
      case 'arp':
        return absent;
      case 'igmp':
      case 'ah':
      case 'esp':
      case 'comp':
        return unknown(`${protocol} ${field}`);
    }
  }

  /** Replies show the type that answers the request's [41]. */
  private icmpType(has: SetId): Reading {
    const { space, sight } = this;
    if (sight.errorType !== undefined) return this.constant(sight.errorType);
    if (sight.direction === 'original') return this.field('icmpType', has);
    const cases = Object.entries(answeringTypes[space.family]).map(([request, value]) => ({
      set: space.diagrams.intersect(has, space.equal('icmpType', Number(request))),
      value,
    }));
    return { kind: 'cases', key: `icmp reply type/${has}`, has, cases };
  }

  private networkHeader(field: string, text: string): Reading {
    const { sight, space } = this;
    switch (field) {
      case 'saddr':
        return this.field(sight.source);
      case 'daddr':
        return this.field(sight.destination);
      case 'protocol':
      case 'nexthdr':
        return sight.errorType === undefined ? this.field('protocol') : this.constant(this.errorProtocol);
      case 'ttl':
      case 'hoplimit':
        return this.field('hopLimit', everything, sight.hopSpent ? 1 : 0);
      case 'version':
        return this.constant(space.family === 'ipv4' ? 4 : 6);
      default:
        return unknown(text);
    }
  }

  private meta({ key }: MetaExpression): Reading {
    const { sight, space } = this;
    switch (key) {
      case 'iifname':
      case 'iif':
        return this.interface(sight.input, 'input');
      case 'oifname':
      case 'oif':
        return this.interface(sight.output, 'output');
      case 'ibrname':
        return sight.layer === 'bridge' && sight.input.kind === 'device'
          ? this.interface({ kind: 'origin' }, 'input')
          : unknown(`meta ${key}`);
      case 'mark':
        return { kind: 'mark', key: 'mark', has: everything, mask: 0xffff_ffff };
      case 'l4proto':
        return sight.errorType === undefined ? this.field('protocol') : this.constant(this.errorProtocol);
      case 'nfproto':
        return this.constant(sight.layer === 'bridge' ? familyNumbers.bridge : familyNumbers[space.family]);
      case 'protocol':
        return this.constant(etherTypes[space.family]);
      case 'pkttype':
        return this.constant(0);
      default:
        return unknown(`meta ${key}`);
    }
  }

  /** Names of interfaces; one that is not there has the empty name, so `oifname != x` holds [141]. */
  private interface(way: InterfaceSight, side: string): Reading {
    const { space } = this;
    const cases = (key: string, list: readonly Case[]): Reading => ({
      kind: 'cases',
      key,
      has: everything,
      cases: list,
    });
    switch (way.kind) {
      case 'none':
        return cases(`no ${side}`, [{ set: everything, value: '' }]);
      case 'loopback':
        return cases('lo', [{ set: everything, value: 'lo' }]);
      case 'port':
        return space.ports === undefined
          ? unknown(`the ${side} port`)
          : cases(`port ${way.by} ${way.on}`, this.portCases(way, space.ports));
      case 'origin':
      case 'device': {
        const names = new Set(space.origins.map((origin) => (way.kind === 'origin' ? origin.input : origin.device)));
        return cases(
          way.kind,
          [...names].map((name) => ({
            value: name ?? '',
            set: space.once(`${way.kind} ${name ?? ''}`, () =>
              space.originsWhere((origin) => (way.kind === 'origin' ? origin.input : origin.device) === name),
            ),
          })),
        );
      }
      case 'routed':
        return cases(`routed ${way.by}`, this.routedCases(way.by));
    }
  }

  /** Addresses that a policy binds to a port, and machines behind the NIC of a LAN; all others are behind a port without a name of its own. */
  private portCases(
    { by, on }: Extract<InterfaceSight, { kind: 'port' }>,
    ports: NonNullable<Space['ports']>,
  ): readonly Case[] {
    const { space } = this;
    const { diagrams } = space;
    const bound = ports.map(({ port, addresses }) => ({
      value: port,
      set: diagrams.intersect(space.addresses(by, addresses), on === 'own bridge' ? this.besidePort(port) : everything),
    }));
    const known = diagrams.uniteAll(bound.map(({ set }) => set));
    const nics = [...space.lans].map(([bridge, { nic, given }]) => {
      const there =
        on === 'own bridge'
          ? space.originsWhere((origin) => origin.bridge === bridge)
          : space.routed(by, `out ${bridge}`, (way) => way.kind === 'unicast' && way.interface === bridge);
      const machines = diagrams.subtract(there, diagrams.unite(space.addresses(by, given), known));
      return { value: nic, set: machines };
    });
    const rest = diagrams.complement(diagrams.uniteAll([known, ...nics.map(({ set }) => set)]));
    return [...bound, ...nics, { value: 'a port without a name', set: rest }];
  }

  /** What comes from the bridge that a port belongs to: frames on other bridges do not get there. */
  private besidePort(port: string): SetId {
    const { space } = this;
    const bridge = space.view.interfaces.find(({ name }) => name === port)?.bridgePort?.bridge;
    if (bridge === undefined) return everything;
    return space.once(`beside ${port}`, () => space.originsWhere((origin) => origin.bridge === bridge));
  }

  private routedCases(by: AddressField): readonly Case[] {
    const { space } = this;
    const names = new Set(
      space.routes.decisions.map((decision) => (decision.kind === 'unicast' ? decision.interface : undefined)),
    );
    return [...names].map((name) => {
      const set = space.routed(by, `out ${name ?? ''}`, (decision) =>
        name === undefined ? decision.kind !== 'unicast' : decision.kind === 'unicast' && decision.interface === name,
      );
      return { value: name ?? 'lo', set };
    });
  }

  private conntrack({ key, direction }: ConntrackExpression): Reading {
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
        return this.constant(sight.direction === 'original' ? 0 : 1, has);
      case 'l3proto':
        return this.constant(familyNumbers[space.family], has);
      case 'protocol':
        return this.field('protocol', has);
      case 'ip saddr':
      case 'ip6 saddr':
        return (key === 'ip saddr') === (space.family === 'ipv4') ? this.field(ends.source, has) : absent;
      case 'ip daddr':
      case 'ip6 daddr':
        return (key === 'ip daddr') === (space.family === 'ipv4') ? this.field(ends.destination, has) : absent;
      case 'proto-src':
        return this.field(ends.sourcePort, has);
      case 'proto-dst':
        return this.field(ends.destinationPort, has);
      case 'zone':
        return this.constant(0, has);
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

  private fib({ flags, result }: FibExpression): Reading {
    const { sight } = this;
    const field = flags.includes('saddr') ? sight.source : sight.destination;
    if (result === 'type' && !flags.includes('iif') && !flags.includes('oif')) {
      const types = Object.entries(addressTypes).map(([kind, value]) => ({
        value,
        set: this.ofType(field, kind),
      }));
      return { kind: 'cases', key: `fib ${field} type`, has: everything, cases: types };
    }
    if (
      result === 'type' &&
      flags.includes('iif') &&
      (sight.input.kind === 'origin' || sight.input.kind === 'loopback')
    )
      return this.typeOnInterface(field, sight.input);
    if (result === 'oifname' && flags.length === 1) {
      const cases = this.routedCases(field).map(({ set, value }) => ({ set, value: value === 'lo' ? '' : value }));
      return { kind: 'cases', key: `fib ${field} out`, has: everything, cases };
    }
    if (result === 'oif' && flags.includes('iif') && flags.length === 2 && sight.input.kind === 'origin')
      return this.reversePath(field);
    return unknown(`fib ${flags.join(' . ')} ${result}`);
  }

  /** `fib daddr . iif type local`: an address of the incoming interface [139]. */
  private typeOnInterface(field: AddressField, input: InterfaceSight): Reading {
    const { space } = this;
    const { diagrams } = space;
    const names = this.interface(input, 'input');
    if (names.kind !== 'cases') return unknown('fib with an interface');
    const local = diagrams.uniteAll(
      names.cases.map(({ set, value }) => {
        const held = space.view.interfaces.find(({ name }) => name === value)?.addresses ?? [];
        return diagrams.intersect(set, diagrams.uniteAll(held.map(({ address }) => space.address(field, address))));
      }),
    );
    const nowhere = this.ofType(field, 'unreachable');
    return {
      kind: 'cases',
      key: `fib ${field} on ${input.kind}`,
      has: everything,
      cases: [
        { set: local, value: addressTypes.local },
        { set: diagrams.subtract(diagrams.complement(local), nowhere), value: addressTypes.unicast },
        { set: diagrams.subtract(nowhere, local), value: addressTypes.unreachable },
      ],
    };
  }

  /** Addresses of a type; a link-local one has a route on its link. */
  private ofType(field: AddressField, kind: string): SetId {
    const { space } = this;
    const { diagrams, family } = space;
    const set = space.routed(field, `type ${kind}`, (decision) => addressTypeOf(decision, family) === kind);
    if (family === 'ipv4' || (kind !== 'unicast' && kind !== 'unreachable')) return set;
    const onLink = diagrams.subtract(
      this.linkLocal(field),
      space.routed(field, 'local', ({ kind: way }) => way === 'local' || way === 'broadcast'),
    );
    return kind === 'unicast' ? diagrams.unite(set, onLink) : diagrams.subtract(set, onLink);
  }

  private linkLocal(field: AddressField): SetId {
    return this.space.family === 'ipv4' ? empty : this.space.prefix(field, linkLocal6);
  }

  /** `fib saddr . iif oif`: the index of the interface if the route back uses it, else 0 [139]. */
  private reversePath(field: AddressField): Reading {
    const { space } = this;
    const { diagrams } = space;
    const back = diagrams.uniteAll(
      this.routedCases(field).map(({ set, value }) =>
        diagrams.intersect(
          set,
          space.originsWhere(({ input }) => input === value),
        ),
      ),
    );
    const known = diagrams.unite(back, this.linkLocal(field));
    return {
      kind: 'cases',
      key: `fib ${field} back`,
      has: everything,
      cases: [
        { set: known, value: 1 },
        { set: diagrams.complement(known), value: 0 },
      ],
    };
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

const answeringTypes: Readonly<Record<Family, Readonly<Record<number, number>>>> = {
  ipv4: { 8: 0, 13: 14, 15: 16, 17: 18 },
  ipv6: { 128: 129, 139: 140 },
};

const transportNumbers = { tcp: 6, udp: 17, udplite: 136, sctp: 132, dccp: 33 } as const;

const rawFields: Readonly<Record<string, PayloadExpression>> = {
  'th,0,16': { kind: 'payload', protocol: 'th', field: 'sport' },
  'th,16,16': { kind: 'payload', protocol: 'th', field: 'dport' },
  'nh,96,32': { kind: 'payload', protocol: 'ip', field: 'saddr' },
  'nh,128,32': { kind: 'payload', protocol: 'ip', field: 'daddr' },
  'nh,72,8': { kind: 'payload', protocol: 'ip', field: 'protocol' },
};

/** An expression in words, for what an answer rests on. */
export function describe(expression: Expression): string {
  switch (expression.kind) {
    case 'payload':
      return `${expression.protocol} ${expression.field}`;
    case 'raw-payload':
      return `@${expression.base},${expression.offset},${expression.length}`;
    case 'meta':
      return `meta ${expression.key}`;
    case 'ct':
      return `ct ${expression.key}`;
    case 'bitwise':
      return `${describe(expression.left)} ${expression.operation} a value`;
    case 'concat':
      return expression.parts.map(describe).join(' . ');
    case 'physdev':
      return `physdev ${expression.key}`;
    case 'exthdr':
    case 'ip-option':
    case 'tcp-option':
      return `${expression.kind} ${expression.name}`;
    case 'map':
      return `${describe(expression.key)} map`;
    default:
      return expression.kind;
  }
}
