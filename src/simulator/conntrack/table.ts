/** All confirmed connections of a host, found by either direction's tuple, and by source endpoint for port re-use [62]. */

import { type Connection, connectionStatus, type Direction } from '../packet/connection.ts';
import { finishHash, mixDatum } from '../packet/hash.ts';
import { sameTuple, type Tuple } from '../packet/tuple.ts';

export interface TableHit {
  readonly connection: Connection;
  readonly direction: Direction;
}

const none: readonly never[] = [];

/** Entries by hash: one, or a list where several share the hash. */
class Buckets<T> {
  private readonly map = new Map<number, T | T[]>();

  find(hash: number, test: (entry: T) => boolean): T | undefined {
    const bucket = this.map.get(hash);
    if (bucket === undefined) return undefined;
    if (Array.isArray(bucket)) return bucket.find(test);
    return test(bucket) ? bucket : undefined;
  }

  all(hash: number): readonly T[] {
    const bucket = this.map.get(hash);
    return bucket === undefined ? none : Array.isArray(bucket) ? bucket : [bucket];
  }

  add(hash: number, entry: T): void {
    const bucket = this.map.get(hash);
    if (bucket === undefined) this.map.set(hash, entry);
    else if (Array.isArray(bucket)) bucket.push(entry);
    else this.map.set(hash, [bucket, entry]);
  }

  remove(hash: number, test: (entry: T) => boolean): void {
    const left = this.all(hash).filter((entry) => !test(entry));
    const [first] = left;
    if (first === undefined) this.map.delete(hash);
    else this.map.set(hash, left.length === 1 ? first : left);
  }

  clear(): void {
    this.map.clear();
  }

  *entries(): Generator<readonly [hash: number, entry: T]> {
    for (const [hash, bucket] of this.map) {
      for (const entry of Array.isArray(bucket) ? bucket : [bucket]) yield [hash, entry];
    }
  }
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
  private readonly byTuple = new Buckets<Connection>();
  private readonly bySource = new Buckets<Connection>();
  private nextId = 1;

  takeId(): number {
    return this.nextId++;
  }

  /** The live connection that a tuple belongs to, removing it when its time has passed. */
  find(tuple: Tuple, now: number): TableHit | undefined {
    return this.findHashed(tuple, tupleHash(tuple), now);
  }

  private findHashed(tuple: Tuple, hash: number, now: number): TableHit | undefined {
    const connection = this.byTuple.find(
      hash,
      (entry) => sameTuple(entry.original, tuple) || sameTuple(entry.reply, tuple),
    );
    if (connection === undefined) return undefined;
    if (connection.expires <= now) {
      this.remove(connection);
      return undefined;
    }
    return { connection, direction: sameTuple(connection.original, tuple) ? 'original' : 'reply' };
  }

  /** Whether a tuple is taken by another flow than the one asking. */
  taken(tuple: Tuple, asking: Connection, now: number): boolean {
    const hit = this.find(tuple, now);
    if (hit === undefined || hit.connection === asking) return false;
    return !sameTuple(hit.connection.original, asking.original);
  }

  /** Enters a connection; false when one of its tuples is taken, so that its packet is dropped [66]. */
  confirm(connection: Connection, now: number): boolean {
    const [original, reply] = [tupleHash(connection.original), tupleHash(connection.reply)];
    if (this.findHashed(connection.original, original, now) !== undefined) return false;
    if (this.findHashed(connection.reply, reply, now) !== undefined) return false;
    connection.status |= connectionStatus.confirmed;
    connection.expires = now + connection.timeout * 1000;
    this.byTuple.add(original, connection);
    this.byTuple.add(reply, connection);
    return true;
  }

  /** Remembers that a source endpoint has a mapping; done when source NAT is decided, also for null bindings. */
  noteSource(connection: Connection): void {
    this.bySource.add(sourceHash(connection.original), connection);
  }

  /** The connections with this source endpoint, latest first. */
  withSource(tuple: Tuple): Connection[] {
    const all = this.bySource.all(sourceHash(tuple));
    if (all.length === 0) return [];
    return all
      .filter(
        ({ original }) =>
          original.source === tuple.source &&
          original.sourcePort === tuple.sourcePort &&
          original.protocol === tuple.protocol,
      )
      .reverse();
  }

  remove(connection: Connection): void {
    connection.status |= connectionStatus.dying;
    this.forget(connection);
    const isIt = (entry: Connection): boolean => entry === connection;
    this.byTuple.remove(tupleHash(connection.original), isIt);
    this.byTuple.remove(tupleHash(connection.reply), isIt);
  }

  /** Removes a connection from the sources only: what happens to one whose packet was dropped before confirmation. */
  forget(connection: Connection): void {
    this.bySource.remove(sourceHash(connection.original), (entry) => entry === connection);
  }

  flush(): void {
    for (const [, connection] of this.byTuple.entries()) connection.status |= connectionStatus.dying;
    this.byTuple.clear();
    this.bySource.clear();
  }

  /** Live connections in the order of their confirmation. */
  connections(now: number): Connection[] {
    const live = new Set<Connection>();
    for (const [, connection] of this.byTuple.entries()) if (connection.expires > now) live.add(connection);
    return [...live].sort((a, b) => a.id - b.id);
  }

  clone(): ConnectionTable {
    const copy = new ConnectionTable();
    copy.nextId = this.nextId;
    const copies = new Map<Connection, Connection>();
    const copyOf = (connection: Connection): Connection => {
      const known = copies.get(connection) ?? connection.clone();
      copies.set(connection, known);
      return known;
    };
    for (const [hash, connection] of this.byTuple.entries()) copy.byTuple.add(hash, copyOf(connection));
    for (const [hash, connection] of this.bySource.entries()) copy.bySource.add(hash, copyOf(connection));
    return copy;
  }
}
