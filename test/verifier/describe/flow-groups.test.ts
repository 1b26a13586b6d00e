/** Lines about a set, against what its definition says: what covers it in the fields of packets, named and shown by an example each. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAddress } from '../../../src/net/address.ts';
import { Axes, type Axis } from '../../../src/verifier/describe/axes.ts';
import { boxSet, coverOf } from '../../../src/verifier/describe/cover.ts';
import { EndNames } from '../../../src/verifier/describe/ends.ts';
import { FlowDescriber } from '../../../src/verifier/describe/flow-groups.ts';
import { SeenParts } from '../../../src/verifier/describe/seen.ts';
import { servicesOf } from '../../../src/verifier/describe/services.ts';
import { type ExamplePacket, packetAt, pointOf } from '../../../src/verifier/proof/example.ts';
import { empty, type SetId } from '../../../src/verifier/sets/diagrams.ts';
import { addressValue } from '../../../src/verifier/space/fields.ts';
import type { Space } from '../../../src/verifier/space/space.ts';
import { assertSeeing } from '../../support/assert-seeing.ts';
import { exampleSpace, marked, type Shape, setOf, shapes } from './shapes.ts';

const runs = Number(process.env.CTFW_COVER_RUNS ?? 60);

const preferred = (['198.51.100.7', '198.51.100.8'] as const).map((text, index) => {
  const address = parseAddress(text);
  if (address === undefined) throw new Error('this is an address');
  return [index === 0 ? 'source' : 'destination', addressValue(address)] as const;
});

/** Addresses by their class: which one of it is shown does not matter. */
function shown({ partitions: { address } }: Space, { source, destination, ...packet }: ExamplePacket) {
  return { ...packet, ends: [source, destination].map((one) => address.classOf(addressValue(one))) };
}

function plainly(space: Space, set: SetId, asked: SetId) {
  const { diagrams } = space;
  const axes = new Axes(space);
  const names = new EndNames(axes, []);
  const seen = new SeenParts(axes, asked).all;
  const wanted = diagrams.intersect(set, asked);
  return coverOf(axes, wanted, new SeenParts(axes, asked)).flatMap(({ tight, wide }) => {
    const inside = diagrams.intersect(boxSet(axes, tight), wanted);
    if (inside === empty) return [];
    const told = <Words>(axis: Axis, tell: (values: SetId, among: SetId) => Words): Words => {
      const [narrow, broad] = [tight, wide].map((box) => tell(box[axis], seen.along(box, axis))) as [Words, Words];
      return JSON.stringify(broad).length < JSON.stringify(narrow).length ? broad : narrow;
    };
    return [
      {
        from: told('from', (values, among) => names.of('from', values, among)),
        to: told('to', (values, among) => names.of('to', values, among)),
        services: told('service', (values, among) => servicesOf(space, values, among)),
        example: shown(space, packetAt(pointOf(space, inside, preferred))),
      },
    ];
  });
}

const drawn = fc.tuple(shapes, shapes, fc.boolean());

function drawnSet(space: Space, [list, others, isMarked]: readonly [readonly Shape[], readonly Shape[], boolean]) {
  const { diagrams } = space;
  const set = setOf(space, list);
  const some = isMarked ? diagrams.intersect(set, marked(space)) : set;
  return { set: some, asked: diagrams.unite(some, setOf(space, others)) };
}

test('lines are those of the covering, each with names that are true and with its example', () => {
  let several = 0;
  const property = fc.property(drawn, (all) => {
    const space = exampleSpace();
    const { set, asked } = drawnSet(space, all);
    const groups = new FlowDescriber(space, [], asked).groups(set);
    expect(
      groups.map(({ from, to, services, example }) => ({ from, to, services, example: shown(space, example) })),
    ).toEqual(plainly(space, set, asked));
    if (groups.length > 2) several++;
  });
  assertSeeing(property, { numRuns: runs, endOnFailure: true }, () => several > 0);
}, 120_000);
