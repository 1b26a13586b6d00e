/** All confirmed connections of a host, found by either direction's tuple, and by source endpoint for port re-use [62]. */
import { type Connection, connectionStatus, type Direction } from './connection.ts';
import { sameTuple, type Tuple, tupleKey } from './tuple.ts';

export interface TableHit {
  readonly connection: Connection;
  readonly direction: Direction;
}

export class ConnectionTable {
  private readonly byTuple = new Map<string, TableHit>();
  private readonly bySource = new Map<string, Set<Connection>>();
  private nextId = 1;

  takeId(): number {
    return this.nextId++;
  }

  /** The live connection that a tuple belongs to, removing it when its time has passed. */
  find(tuple: Tuple, now: number): TableHit | undefined {
    const hit = this.byTuple.get(tupleKey(tuple));
    if (hit === undefined) return undefined;
    if (hit.connection.expires <= now) {
      this.remove(hit.connection);
      return undefined;
    }
    return hit;
  }

  /** Whether a tuple is taken by another flow than the one asking. */
  taken(tuple: Tuple, asking: Connection, now: number): boolean {
    const hit = this.find(tuple, now);
    if (hit === undefined || hit.connection === asking) return false;
    return !sameTuple(hit.connection.original, asking.original);
  }

  /** Enters a connection; false when one of its tuples is taken, so that its packet is dropped [66]. */
  confirm(connection: Connection, now: number): boolean {
    if (this.find(connection.original, now) !== undefined || this.find(connection.reply, now) !== undefined)
      return false;
    connection.status |= connectionStatus.confirmed;
    connection.expires = now + connection.timeout * 1000;
    this.byTuple.set(tupleKey(connection.original), { connection, direction: 'original' });
    this.byTuple.set(tupleKey(connection.reply), { connection, direction: 'reply' });
    return true;
  }

  /** Remembers that a source endpoint has a mapping; done when source NAT is decided, also for null bindings. */
  noteSource(connection: Connection): void {
    const key = sourceKey(connection.original);
    const known = this.bySource.get(key);
    if (known === undefined) this.bySource.set(key, new Set([connection]));
    else known.add(connection);
  }

  /** The connections with this source endpoint, latest first. */
  withSource(tuple: Tuple): Connection[] {
    return [...(this.bySource.get(sourceKey(tuple)) ?? [])].reverse();
  }

  remove(connection: Connection): void {
    connection.status |= connectionStatus.dying;
    this.forget(connection);
    for (const tuple of [connection.original, connection.reply]) {
      const key = tupleKey(tuple);
      if (this.byTuple.get(key)?.connection === connection) this.byTuple.delete(key);
    }
  }

  /** Removes a connection from the sources only: what happens to one whose packet was dropped before confirmation. */
  forget(connection: Connection): void {
    const key = sourceKey(connection.original);
    const known = this.bySource.get(key);
    known?.delete(connection);
    if (known?.size === 0) this.bySource.delete(key);
  }

  flush(): void {
    for (const hit of this.byTuple.values()) hit.connection.status |= connectionStatus.dying;
    this.byTuple.clear();
    this.bySource.clear();
  }

  /** Live connections in the order of their confirmation. */
  connections(now: number): Connection[] {
    const result: Connection[] = [];
    for (const hit of this.byTuple.values()) {
      if (hit.direction === 'original' && hit.connection.expires > now) result.push(hit.connection);
    }
    return result;
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
    for (const [key, hit] of this.byTuple)
      copy.byTuple.set(key, { connection: copyOf(hit.connection), direction: hit.direction });
    for (const [key, known] of this.bySource) copy.bySource.set(key, new Set([...known].map(copyOf)));
    return copy;
  }
}

function sourceKey(tuple: Tuple): string {
  return `${tuple.protocol}|${tuple.source}|${tuple.sourcePort}`;
}
