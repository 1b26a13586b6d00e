/** Follows which headers the statements of a rule ask for: nft refuses a rule that asks for two of one layer. */
import type { Expression, PayloadProtocol } from '../expression.ts';
import { expressionsOf } from '../map-expressions.ts';
import type { TableFamily } from '../ruleset.ts';
import type { Statement } from '../statement.ts';
import type { Problems } from './problems.ts';

type Layer = 'network' | 'transport';

/** The protocol numbers that headers stand for (`meta nfproto`, `meta l4proto`). */
const headers: Record<PayloadProtocol, { readonly layer: Layer; readonly number: number } | undefined> = {
  ip: { layer: 'network', number: 2 },
  ip6: { layer: 'network', number: 10 },
  icmp: { layer: 'transport', number: 1 },
  igmp: { layer: 'transport', number: 2 },
  tcp: { layer: 'transport', number: 6 },
  udp: { layer: 'transport', number: 17 },
  dccp: { layer: 'transport', number: 33 },
  esp: { layer: 'transport', number: 50 },
  ah: { layer: 'transport', number: 51 },
  icmpv6: { layer: 'transport', number: 58 },
  comp: { layer: 'transport', number: 108 },
  sctp: { layer: 'transport', number: 132 },
  udplite: { layer: 'transport', number: 136 },
  ether: undefined,
  vlan: undefined,
  arp: undefined,
  th: undefined,
};

export class ProtocolTrack {
  private readonly known = new Map<Layer, number>();
  /** Whether ports may be translated: nft wants a transport protocol, or any use of ports, before them. */
  hasTransport = false;
  /** Whether nft knows what ports of the original packet are: it wants a protocol, `th` is not enough. */
  hasTransportProtocol = false;

  constructor(family: TableFamily) {
    if (family === 'ip') this.known.set('network', 2);
    if (family === 'ip6') this.known.set('network', 10);
  }

  pass(statement: Statement, problems: Problems): void {
    for (const expression of expressionsOf(statement)) this.read(expression, problems);
    if (statement.kind !== 'match' || statement.operator !== '==') return;
    const { left, right } = statement;
    if (left.kind === 'meta' && left.key === 'l4proto') {
      this.hasTransport = true;
      this.hasTransportProtocol = true;
    }
    if (right.kind !== 'value' || right.value.kind !== 'integer' || left.kind !== 'meta') return;
    if (left.key === 'l4proto') this.fix('transport', right.value.value, problems);
    if (left.key === 'nfproto') this.fix('network', right.value.value, problems);
  }

  private read(expression: Expression, problems: Problems): void {
    if (expression.kind === 'ct' && expression.key.startsWith('proto-') && !this.hasTransportProtocol)
      problems.add(`nft takes ct ${expression.key} only behind a match of the transport protocol`);
    if (expression.kind !== 'payload') return;
    const header = headers[expression.protocol];
    if (header?.layer === 'transport' || expression.protocol === 'th') this.hasTransport = true;
    if (header?.layer === 'transport') this.hasTransportProtocol = true;
    if (header !== undefined) this.fix(header.layer, header.number, problems);
  }

  private fix(layer: Layer, number: number, problems: Problems): void {
    const known = this.known.get(layer);
    if (known !== undefined && known !== number)
      problems.add(`the rule asks for two ${layer} protocols, ${known} and ${number}`);
    this.known.set(layer, number);
  }
}
