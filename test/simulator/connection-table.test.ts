/** The law of the connection table: it finds, refuses and forgets what a list of all connections does. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConnectionTable } from '../../src/simulator/conntrack/table.ts';
import { Connection } from '../../src/simulator/packet/connection.ts';
import { invertedTuple, sameTuple, type Tuple } from '../../src/simulator/packet/tuple.ts';

const tuples: fc.Arbitrary<Tuple> = fc.record({
  protocol: fc.constantFrom(6, 17),
  source: fc.constantFrom<number | bigint>(0xc0a8_0a02, 0xc0a8_0a03, 0xfdn << 120n),
  sourcePort: fc.integer({ min: 4000, max: 4002 }),
  destination: fc.constantFrom<number | bigint>(0x0808_0808, 0xcb00_7102, (0xfdn << 120n) + 1n),
  destinationPort: fc.constantFrom(53, 80),
});

/** A step: a connection that lives so many seconds is tried, one is removed, or time passes. */
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('confirm' as const), tuple: tuples, seconds: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ kind: fc.constant('remove' as const), place: fc.nat(20) }),
    fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 10 }) }),
  ),
  { maxLength: 120 },
);

const isOf = (connection: Connection, tuple: Tuple): boolean =>
  sameTuple(connection.original, tuple) || sameTuple(connection.reply, tuple);

test('the table holds what a list of connections holds, expired ones aside', () => {
  fc.assert(
    fc.property(steps, fc.array(tuples, { minLength: 5, maxLength: 20 }), (all, asked) => {
      const table = new ConnectionTable();
      let now = 0;
      let held: Connection[] = [];
      for (const step of all) {
        if (step.kind === 'wait') now += step.seconds * 1000;
        else if (step.kind === 'remove') {
          const gone = held[step.place];
          if (gone !== undefined) table.remove(gone);
          held = held.filter((one) => one !== gone);
        } else {
          const { tuple } = step;
          const made = new Connection(table.takeId(), 'ipv4', tuple, invertedTuple(tuple), now);
          made.timeout = step.seconds;
          table.noteSource(made);
          const taken = held.some((one) => one.expires > now && (isOf(one, tuple) || isOf(one, made.reply)));
          expect(table.confirm(made, now)).toBe(!taken);
          if (taken) table.forget(made);
          else held = [...held.filter((one) => one.expires > now), made];
        }
      }
      const live = held.filter(({ expires }) => expires > now);
      const copy = table.clone();
      for (const tuple of asked) {
        for (const one of [table, copy]) {
          const hit = one.find(tuple, now);
          expect(hit?.connection.id).toBe(live.find((connection) => isOf(connection, tuple))?.id);
          const ofSource = [...one.withSource(tuple)].filter(({ expires }) => expires > now).map(({ id }) => id);
          const { source, sourcePort, protocol } = tuple;
          const expected = live.filter(
            ({ original }) =>
              original.source === source && original.sourcePort === sourcePort && original.protocol === protocol,
          );
          expect(ofSource).toEqual(expected.map(({ id }) => id).reverse());
        }
      }
      expect(table.connections(now).map(({ id }) => id)).toEqual(live.map(({ id }) => id));
    }),
    { numRuns: 400 },
  );
});
