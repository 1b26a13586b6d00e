/** Statements and items of one line, and the headers of blocks, as cells. */
import { formatAddress } from '../net/address.ts';
import { formatPortRange } from '../net/port.ts';
import { formatPrefix } from '../net/prefix.ts';
import type { Family, StatementText } from './print-line.ts';
import {
  exposed,
  formatOutcome,
  names,
  placements,
  publications,
  services,
  subjects,
  written,
} from './print-values.ts';
import type {
  AttachItem,
  AttachOption,
  ContainerBlock,
  ContainerItem,
  HostBlock,
  HostItem,
  InterfaceItem,
  NetworkBlock,
  NetworkItem,
  Statement,
} from './tree.ts';

/** Statements with a block; an `attach` may be without. */
export type Block = HostBlock | NetworkBlock | ContainerBlock | InterfaceItem | AttachItem;
/** Everything that is written as one statement without a block. */
export type Plain = Exclude<
  Statement | HostItem | InterfaceItem['items'][number] | NetworkItem | ContainerItem | AttachOption,
  Block
>;
/** Anything that stands on a line of its own in a file or block. */
export type Node = Block | Plain;

const blockKinds = new Set<Node['kind']>(['host', 'network', 'container', 'interface', 'attach']);

export function isBlock(node: Node): node is Block {
  return blockKinds.has(node.kind);
}

/** The items of a block. */
export function itemsOf(block: Block): readonly Node[] {
  return block.kind === 'attach' ? block.options : block.items;
}

/** Where the header of a block ends in the source. */
export function headerEnd(block: Block): number {
  if (block.kind === 'network') return block.on.at(-1)?.span.end ?? block.name.span.end;
  if (block.kind === 'container') return block.on?.span.end ?? block.name.span.end;
  if (block.kind === 'attach') return block.addresses.at(-1)?.span.end ?? block.network.span.end;
  return block.name.span.end;
}

/** Which neighbours a statement is aligned with. */
export function familyOf(node: Node): Family {
  switch (node.kind) {
    case 'zone':
    case 'group':
    case 'service':
      return 'equals';
    case 'link':
    case 'allow':
    case 'deny':
      return 'access';
    case 'expect':
    case 'host':
    case 'network':
    case 'container':
    case 'interface':
    case 'attach':
      return node.kind;
    default:
      return 'plain';
  }
}

/** Writes the header of a block, without the brace. */
export function writeHeader(text: StatementText, block: Block): void {
  if (block.kind === 'attach') {
    text.add(`attach ${block.network.text}`);
    if (block.addresses.length > 0) text.add(' ').list(written(block.addresses, formatAddress));
    return;
  }
  text.add(`${block.kind} ${block.name.text}`);
  if (block.kind === 'network' && block.on.length > 0) text.add(' on ').list(placements(block.on));
  if (block.kind === 'container' && block.on !== undefined) text.add(` on ${block.on.text}`);
}

/** Writes a statement of the file or an item of a block. */
export function writePlain(text: StatementText, node: Plain): void {
  switch (node.kind) {
    case 'zone':
      text.add(`zone ${node.name.text}`).next().add('= ').list(subjects(node.members));
      if (node.on !== undefined) text.add(` on ${node.on.text}`);
      return;
    case 'group':
      text.add(`group ${node.name.text}`).next().add('= ').list(subjects(node.members));
      return;
    case 'service':
      text.add(`service ${node.name.text}`).next().add('= ').list(services(node.items));
      return;
    case 'link':
      text.add('link').next().add(`${node.from.text} -> ${node.to.text}`);
      if (node.alias !== undefined) text.add(` as ${node.alias.text}`);
      return;
    case 'allow':
    case 'deny': {
      text.add(node.kind).next().list(subjects(node.from)).add(' -> ').list(subjects(node.to));
      if (node.services.length > 0) text.add(' ').list(services(node.services));
      const clauses = [node.reject && 'reject', node.log && `log "${node.log.value}"`].filter(
        (clause) => clause !== undefined,
      );
      if (clauses.length > 0) text.next().add(clauses.join(' '));
      return;
    }
    case 'expect':
      text.add('expect ').list(subjects(node.from)).next().add('-> ').list(subjects(node.to));
      if (node.services.length > 0) text.add(' ').list(services(node.services));
      text.next().add(formatOutcome(node.outcome));
      return;
    case 'connect': {
      const [left, right] = [node.left, node.right].map(
        ({ name, address }) => `${name.text} ${formatAddress(address.value)}`,
      );
      text.add(`connect ${left} <-> ${right}`);
      return;
    }
    case 'include':
      text.add(`include "${node.path.value}"`);
      return;
    default:
      writeItem(text, node);
  }
}

type Item = Exclude<Plain, Statement>;

function writeItem(text: StatementText, item: Item): void {
  switch (item.kind) {
    case 'ip-forward':
    case 'icc':
    case 'loopback-publish':
    case 'transit':
    case 'masquerade':
      text.add(`${item.kind} ${item.on ? 'on' : 'off'}`);
      return;
    case 'internal':
    case 'unmanaged':
      text.add(item.on ? item.kind : `${item.kind} off`);
      return;
    case 'protect-host':
      text.add(item.on ? 'protect host' : 'protect host off');
      return;
    case 'spoofing':
      text.add(item.allowed ? 'spoofing allowed' : 'spoofing allowed off');
      return;
    case 'route':
      text.add(`route ${item.destination === undefined ? 'default' : formatPrefix(item.destination.value)}`);
      text.add(` via ${formatAddress(item.via.value)}`);
      if ('on' in item && item.on !== undefined) text.add(` on ${item.on.text}`);
      return;
    case 'publish-address':
      text.add(`publish-address ${formatAddress(item.address.value)}`);
      return;
    case 'auto-ports':
      text.add(`auto-ports ${formatPortRange(item.range.value)}`);
      return;
    case 'dns':
    case 'dns-search':
    case 'dns-option':
      text.add(`${item.kind} `).list(written(item.values, (value) => value));
      return;
    case 'address':
      text.add('address ').list(written(item.addresses, formatPrefix));
      return;
    case 'mtu':
      text.add(`mtu ${item.mtu.value}`);
      return;
    case 'bridge':
    case 'switch':
    case 'port':
      text.add(`${item.kind} ${item.name.text}`);
      return;
    case 'physical':
      text.add(`physical ${item.bridge.text} on ${item.nic.text}`);
      return;
    case 'macvlan':
      text.add(`macvlan on ${item.nic.text}`);
      return;
    case 'subnet':
      text.add('subnet ').list(written(item.subnets, formatPrefix));
      return;
    case 'gateway':
      text.add('gateway ').list(written(item.addresses, formatAddress));
      return;
    case 'gateway-mode':
      text.add(`gateway-mode ${item.mode.value}`);
      return;
    case 'vlan':
      text.add(`vlan ${item.tag.value}`);
      return;
    case 'vxlan':
      text.add(`vxlan ${item.identifier.value}`);
      return;
    case 'placement':
      text.add('on ').list(placements(item.placements));
      return;
    case 'network-mode':
      text.add(item.container === undefined ? `network ${item.mode}` : `network container:${item.container.text}`);
      return;
    case 'expose':
      text.add('expose ').list(exposed(item.ports));
      return;
    case 'publish':
      text.add('publish ').list(publications(item.publications));
      if (item.from !== undefined) text.add(' from ').list(subjects(item.from));
      return;
    case 'hostname':
      text.add(`hostname ${item.hostname.text}`);
      return;
    case 'alias':
      text.add('alias ').list(names(item.names));
      if (item.on !== undefined) text.add(` on ${item.on.text}`);
      return;
    case 'plumb':
      text.add(`plumb ${item.interface.text} `).list(written(item.addresses, formatPrefix));
      if (item.via !== undefined) text.add(` via ${formatAddress(item.via.value)}`);
      text.add(` on ${item.network.text}`);
      return;
    case 'mac':
      text.add(`mac ${item.mac.value}`);
      return;
    default:
      unprinted(item);
  }
}

/** Never called: a kind that is not printed does not compile. */
function unprinted(item: never): never {
  throw new TypeError(`no text for ${JSON.stringify(item)}`);
}
