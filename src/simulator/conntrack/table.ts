/** All confirmed connections of a host, found by either direction's tuple, and by source endpoint for port re-use [62]. */
import { type Connection, connectionStatus, type Direction } from '../packet/connection.ts';
import { finishHash, mixDatum } from '../packet/hash.ts';
import { sameTuple, type Tuple } from '../packet/tuple.ts';
import { FlatIndex } from './flat-index.ts';

export interface TableHit {
  readonly connection: Connection;
  readonly direction: Direction;
}

function tupleHash(tuple: Tuple): number {
  const ports = (tuple.sourcePort * 65_536 + tuple.destinationPort) | 0;
  return finishHash(mixDatum(mixDatum(mixDatum(tuple.protocol, ports), tuple.source), tuple.destination));
}

function sourceHash(tuple: Tuple): number {
  return finishHash(mixDatum(mixDatum(tuple.protocol, tuple.sourcePort), tuple.source));
}

export class ConnectionTable {
  /** Every connection twice: under its original and its reply tuple. */
  private byTuple = new FlatIndex<Connection>();
  /** The latest connection of each hash; it names the one before it. */
  private bySource = new FlatIndex<Connection>();
  private nextId = 1;

  takeId(): number {
    return this.nextId++;
  }

  /** The live connection that a tuple belongs to, removing it when its time has passed. */
  find(tuple: Tuple, now: number): TableHit | undefined {
    const connection = this.lookUp(tuple, tupleHash(tuple), now);
    if (connection === undefined) return undefined;
    return { connection, direction: sameTuple(connection.original, tuple) ? 'original' : 'reply' };
  }

  private lookUp(tuple: Tuple, hash: number, now: number): Connection | undefined {
    const { byTuple } = this;
    for (let slot = byTuple.first(hash); slot >= 0; slot = byTuple.next(hash, slot)) {
      const connection = byTuple.at(slot);
      if (connection === undefined || !(sameTuple(connection.original, tuple) || sameTuple(connection.reply, tuple)))
        continue;
      if (connection.expires > now) return connection;
      this.remove(connection);
      return undefined;
    }
    return undefined;
  }

  /** Whether a tuple is taken by another flow than the one asking. */
  taken(tuple: Tuple, asking: Connection, now: number): boolean {
    const holder = this.lookUp(tuple, tupleHash(tuple), now);
    if (holder === undefined || holder === asking) return false;
    return !sameTuple(holder.original, asking.original);
  }

  /** Enters a connection; false when one of its tuples is taken, so that its packet is dropped [66]. */
  confirm(connection: Connection, now: number): boolean {
    const [original, reply] = [tupleHash(connection.original), tupleHash(connection.reply)];
    if (this.lookUp(connection.original, original, now) !== undefined) return false;
    if (this.lookUp(connection.reply, reply, now) !== undefined) return false;
    connection.status |= connectionStatus.confirmed;
    connection.expires = now + connection.timeout * 1000;
    if ((connection.status & connectionStatus.sourceNatDone) !== 0) this.noteSource(connection); // a copy of its packet was dropped
    if (this.byTuple.isFull) this.removeExpired(now);
    this.byTuple.add(original, connection);
    this.byTuple.add(reply, connection);
    return true;
  }

  /** What nobody finds any more does not make the table grow. */
  private removeExpired(now: number): void {
    const expired = [...this.byTuple.entries()].filter(({ expires }) => expires <= now);
    for (const connection of new Set(expired)) this.remove(connection);
  }

  /** Remembers that a source endpoint has a mapping; done when source NAT is decided, also for null bindings. */
  noteSource(connection: Connection): void {
    if (connection.isNoted) return;
    connection.isNoted = true;
    const hash = sourceHash(connection.original);
    const slot = this.bySource.first(hash);
    if (slot < 0) this.bySource.add(hash, connection);
    else {
      connection.earlierOfSource = this.bySource.at(slot);
      this.bySource.replace(slot, connection);
    }
  }

  /** The connections with this source endpoint, latest first. */
  *withSource(tuple: Tuple): Generator<Connection> {
    const slot = this.bySource.first(sourceHash(tuple));
    if (slot < 0) return;
    for (let entry = this.bySource.at(slot); entry !== undefined; entry = entry.earlierOfSource) {
      const { source, sourcePort, protocol } = entry.original;
      if (source === tuple.source && sourcePort === tuple.sourcePort && protocol === tuple.protocol) yield entry;
    }
  }

  remove(connection: Connection): void {
    connection.status |= connectionStatus.dying;
    this.forget(connection);
    this.removeSlot(tupleHash(connection.original), connection);
    this.removeSlot(tupleHash(connection.reply), connection);
  }

  private removeSlot(hash: number, connection: Connection): void {
    const { byTuple } = this;
    let slot = byTuple.first(hash);
    while (slot >= 0 && byTuple.at(slot) !== connection) slot = byTuple.next(hash, slot);
    if (slot >= 0) byTuple.remove(slot);
  }

  /** Removes a connection from the sources only: what happens to one whose packet was dropped before confirmation [147]. */
  forget(connection: Connection): void {
    if (!connection.isNoted) return;
    connection.isNoted = false;
    const slot = this.bySource.first(sourceHash(connection.original));
    if (slot < 0) return;
    const latest = this.bySource.at(slot);
    const earlier = connection.earlierOfSource;
    if (latest === connection) {
      if (earlier === undefined) this.bySource.remove(slot);
      else this.bySource.replace(slot, earlier);
    }
    for (let entry = latest; entry !== undefined; entry = entry.earlierOfSource) {
      if (entry.earlierOfSource === connection) entry.earlierOfSource = earlier;
    }
    connection.earlierOfSource = undefined;
  }

  flush(): void {
    for (const connection of this.byTuple.entries()) connection.status |= connectionStatus.dying;
    this.byTuple.clear();
    this.bySource.clear();
  }

  /** Live connections in the order of their confirmation. */
  connections(now: number): Connection[] {
    const live = new Set<Connection>();
    for (const connection of this.byTuple.entries()) if (connection.expires > now) live.add(connection);
    return [...live].sort((a, b) => a.id - b.id);
  }

  clone(): ConnectionTable {
    const copies = new Map<Connection, Connection>();
    const copyOf = (connection: Connection): Connection => {
      const known = copies.get(connection);
      if (known !== undefined) return known;
      const made = connection.clone();
      copies.set(connection, made);
      if (made.earlierOfSource !== undefined) made.earlierOfSource = copyOf(made.earlierOfSource);
      return made;
    };
    const copy = new ConnectionTable();
    copy.nextId = this.nextId;
    copy.byTuple = this.byTuple.clone(copyOf);
    copy.bySource = this.bySource.clone(copyOf);
    return copy;
  }
}
