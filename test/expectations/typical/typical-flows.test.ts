/** Laws of the flows that stand for all: each sentence of a policy has some, and they grow with the policy, not with its square. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { generatePolicy } from '../../../bench/policy-text.ts';
import { type Compiled, compile } from '../../../src/compile.ts';
import { matrixFlows } from '../../../src/expectations/matrix.ts';
import { evenly, firstOf } from '../../../src/expectations/typical/some-of.ts';
import { typicalFlows } from '../../../src/expectations/typical/typical-flows.ts';
import { universeOf } from '../../../src/expectations/universe.ts';
import { emptyLock } from '../../../src/lock/lock.ts';
import type { Access, Publication } from '../../../src/model/model.ts';
import { sameAddress } from '../../../src/net/address.ts';
import { portRangeContains } from '../../../src/net/port.ts';
import { portProtocolNumber } from '../../../src/net/protocol.ts';
import { placeOfDestination, placeOfSource } from '../../../src/policy/atlas.ts';
import type { Meaning } from '../../../src/policy/decide.ts';
import type { Flow } from '../../../src/policy/flow.ts';
import { serviceCovers } from '../../../src/policy/service.ts';
import { coversDestination, coversSource } from '../../../src/policy/subject.ts';
import type { Span } from '../../../src/source/span.ts';
import { arbitraryPolicyText } from '../../support/arbitrary-policy.ts';
import { smallPolicyText } from '../universal/small-policies.ts';

const runs = Number(process.env.CTFW_TYPICAL_RUNS ?? 20);

function compiledOf(text: string): Compiled | undefined {
  return compile({ name: 'policy.ctfw', text }, () => ({ error: 'nothing' }), emptyLock).judged[0];
}

function speaksOf({ atlas }: Meaning, { action, from, to, services }: Access, flow: Flow): boolean {
  const source = placeOfSource(atlas, flow.source, flow.arrivesBy);
  const destination = placeOfDestination(atlas, flow.destination);
  return (
    from.some((subject) => coversSource(subject, flow.source, source, action)) &&
    to.some((subject) => coversDestination(subject, flow.destination, destination, action)) &&
    services.some((service) => serviceCovers(service, flow, flow.destinationPort))
  );
}

/** A flow to where the publication answers. */
function asksFor({ atlas }: Meaning, { protocol, hostPorts, listener }: Publication, flow: Flow): boolean {
  if (flow.destinationPort === undefined || flow.protocol !== portProtocolNumber(protocol)) return false;
  if (!portRangeContains(hostPorts, flow.destinationPort)) return false;
  if (listener.kind === 'address') return sameAddress(listener.address, flow.destination);
  return (
    listener.families.includes(flow.destination.family) && placeOfDestination(atlas, flow.destination).kind === 'host'
  );
}

test('each statement, publication and container of a policy that any packet is about has one of its own', () => {
  const found = { statements: 0, publications: 0, containers: 0 };
  const property = fc.property(fc.oneof(smallPolicyText, arbitraryPolicyText), (text) => {
    const compiled = compiledOf(text);
    fc.pre(compiled !== undefined);
    const { meaning, model } = compiled;
    const universe = universeOf(meaning.atlas);
    const all = [...matrixFlows(universe)];
    const typical = typicalFlows(universe);
    const share = ({ span }: { readonly span: Span }, holds: (flow: Flow) => boolean): boolean => {
      if (!all.some(holds)) return false;
      if (!typical.some(holds)) throw new Error(`nothing for ${text.slice(span.start, span.end)} in\n${text}`);
      return true;
    };
    for (const access of model.access) if (share(access, (flow) => speaksOf(meaning, access, flow))) found.statements++;
    for (const { publications, endpoints } of model.containers) {
      for (const publication of publications)
        if (
          publication.target.network.gatewayMode === 'nat' &&
          share(publication, (flow) => asksFor(meaning, publication, flow))
        )
          found.publications++;
      for (const endpoint of endpoints) {
        const toIt = ({ destination }: Flow): boolean =>
          endpoint.addresses[destination.family]?.value === destination.value;
        if (share(endpoint.network, toIt)) found.containers++;
      }
    }
  });
  fc.assert(property, { numRuns: runs, endOnFailure: true });
  expect(Object.values(found).every((count) => count > 0)).toBe(true);
}, 600_000);

test('twice the policy has about twice the flows', () => {
  const count = (containers: number): number => {
    const compiled = compiledOf(generatePolicy(containers, { networks: 10, access: 2 * containers }).text);
    if (compiled === undefined) throw new Error('the policy does not compile');
    return typicalFlows(universeOf(compiled.meaning.atlas)).length;
  };
  const [one, two] = [count(60), count(120)];
  expect(two).toBeLessThan(2.2 * one);
});

test('some of many', () => {
  expect(evenly([1, 2, 3, 4, 5, 6, 7, 8], 4)).toEqual([1, 3, 5, 7]);
  expect(evenly([1, 2], 4)).toEqual([1, 2]);
  const made: number[] = [];
  const counting = function* () {
    for (let number = 0; ; number++) {
      made.push(number);
      yield number;
    }
  };
  expect(firstOf(counting(), 3)).toEqual([0, 1, 2]);
  expect(made.length).toBeLessThan(5);
});
