/** What a random rule reads from a packet, where that makes sense. */
import { concat, ct, type Expression, meta, payload } from '../../ruleset/expression.ts';
import type { DataType } from '../../ruleset/value.ts';
import { type Draw, pick } from './draw.ts';
import { type Headers, isIncoming, isOutgoing, type Place } from './place.ts';

/** Something of one value that a rule of this place may read. */
export function drawField(draw: Draw, place: Place, headers: Headers): Expression {
  const choices: Expression[] = [
    meta('mark'),
    meta('l4proto'),
    meta('pkttype'),
    meta('length'),
    meta('protocol'),
    ...(place.family === 'inet' ? [meta('nfproto')] : []),
    ...(place.hook === undefined || isIncoming(place.hook) ? [meta('iifname')] : []),
    ...(place.hook === undefined || isOutgoing(place.hook) ? [meta('oifname')] : []),
    ...(headers.network === undefined ? [] : [payload(headers.network, 'saddr'), payload(headers.network, 'daddr')]),
    ...(headers.network === 'ip' ? [payload('ip', 'ttl'), payload('ip', 'length')] : []),
    ...(headers.network === 'ip6' ? [payload('ip6', 'hoplimit')] : []),
    ...transportFields(headers.transport),
    ...(place.family === 'bridge' ? [payload('ether', 'saddr'), payload('ether', 'daddr')] : conntrackFields(headers)),
    ...fibFields(place),
  ];
  return pick(draw, choices);
}

export function transportFields(transport: Headers['transport']): readonly Expression[] {
  switch (transport) {
    case undefined:
      return [];
    case 'icmp':
    case 'icmpv6':
      return [payload(transport, 'type'), payload(transport, 'code')];
    case 'tcp':
      return [payload('tcp', 'sport'), payload('tcp', 'dport'), payload('tcp', 'flags')];
    default:
      return [payload(transport, 'sport'), payload(transport, 'dport')];
  }
}

export function conntrackFields(headers: Headers): readonly Expression[] {
  return [
    ct('state'),
    ct('status'),
    ct('direction'),
    ct('mark'),
    ...(headers.network === 'ip' ? [ct('ip daddr', 'original'), ct('ip saddr', 'reply')] : []),
    ...(headers.network === 'ip6' ? [ct('ip6 saddr', 'original'), ct('ip6 daddr', 'reply')] : []),
  ];
}

export function fibFields(place: Place): readonly Expression[] {
  if (place.family === 'bridge' || place.hook === undefined) return [];
  const fib = (...flags: readonly ('saddr' | 'daddr' | 'mark' | 'iif')[]): Expression => ({
    kind: 'fib',
    flags,
    result: 'type',
  });
  const route: Expression = { kind: 'fib', flags: ['saddr', 'iif'], result: 'oif' };
  if (place.hook === 'prerouting') return [fib('daddr'), fib('saddr', 'mark'), fib('daddr', 'iif'), route];
  return [fib('daddr'), fib('saddr')];
}

/** nft refuses rules that ask for one protocol and read the header of another. */
export function fixesProtocol(field: Expression): boolean {
  return field.kind === 'meta' && (field.key === 'l4proto' || field.key === 'protocol' || field.key === 'nfproto');
}

/** A field for each type of a key, if a rule with these headers may read all of them. */
export function fieldsFor(
  types: readonly DataType[],
  draw: Draw,
  place: Place,
  headers: Headers,
): Expression | undefined {
  const fields = types.map((type) => fieldFor(type, draw, place, headers));
  const known = fields.filter((field) => field !== undefined);
  if (known.length !== types.length) return undefined;
  const [only] = known;
  return known.length === 1 ? only : concat(...known);
}

export function fieldFor(type: DataType, draw: Draw, place: Place, headers: Headers): Expression | undefined {
  const { network, transport } = headers;
  switch (type) {
    case 'ipv4_addr':
    case 'ipv6_addr': {
      const wanted = type === 'ipv4_addr' ? 'ip' : 'ip6';
      return network === wanted ? payload(wanted, pick(draw, ['saddr', 'daddr'])) : undefined;
    }
    case 'inet_service':
      return transport === undefined || transport === 'icmp' || transport === 'icmpv6'
        ? undefined
        : payload(transport, pick(draw, ['sport', 'dport']));
    case 'inet_proto':
      return meta('l4proto');
    case 'mark':
      return meta('mark');
    case 'ifname':
      if (isIncoming(place.hook) || place.hook === undefined) return meta('iifname');
      return isOutgoing(place.hook) ? meta('oifname') : undefined;
    case 'ether_addr':
      return place.family === 'bridge' ? payload('ether', 'saddr') : undefined;
    default:
      return undefined;
  }
}
