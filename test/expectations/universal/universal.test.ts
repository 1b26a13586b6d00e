/** Laws of expectations for every packet: what is shown is what trying every packet gives; and packets that samples miss. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../../../src/compile.ts';
import { evaluateExpectations, judge } from '../../../src/expectations/evaluate.ts';
import { placesOf } from '../../../src/expectations/simulated/places.ts';
import { SimulatedHost } from '../../../src/expectations/simulated/simulated-host.ts';
import { universalExpectations } from '../../../src/expectations/universal/universal.ts';
import { isNatural, type Sender, universeOf } from '../../../src/expectations/universe.ts';
import { emptyLock } from '../../../src/lock/lock.ts';
import type { Expectation, Subject } from '../../../src/model/model.ts';
import { type Address, sameAddress } from '../../../src/net/address.ts';
import { addressSetContains } from '../../../src/net/address-set.ts';
import { lastAddress, type Prefix } from '../../../src/net/prefix.ts';
import { placeOfDestination } from '../../../src/policy/atlas.ts';
import { decide, type Meaning } from '../../../src/policy/decide.ts';
import { compiledRules } from '../../../src/proving/emitted-rules.ts';
import { expectedOf, proveExpecting } from '../../../src/verifier/verifier.ts';
import { smallPolicyText } from './small-policies.ts';

const runs = Number(process.env.CTFW_EXPECTED_RUNS ?? 15);

function compiledFrom(text: string) {
  const { judged, diagnostics } = compile({ name: 'policy.ctfw', text }, () => ({ error: 'nothing' }), emptyLock);
  const [one] = judged;
  if (one === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return one;
}

test('every packet tried one by one gives what is shown for all of them, by meaning and by rules', {
  timeout: 600_000,
}, () => {
  const counts = { holds: 0, fails: 0, 'covers-nothing': 0 };
  const property = fc.property(smallPolicyText, (text) => {
    const result = compile({ name: 'policy.ctfw', text }, () => ({ error: 'nothing' }), emptyLock);
    const [compiled] = result.judged;
    fc.pre(compiled !== undefined);
    const { meaning } = compiled;
    const tried = meaning.atlas.model.expectations.map((expectation) => tryAll(meaning, expectation));
    const shown = universalExpectations(meaning);
    expect([text, ...shown.map(({ kind }) => kind)]).toEqual([text, ...tried]);
    for (const one of shown)
      if (one.kind === 'fails') expect([text, one.decision.verdict]).not.toEqual([text, 'unknown']);
    const host = new SimulatedHost(placesOf(meaning.atlas.view, compiled), compiledRules(compiled, 'nft'));
    const rules = { rulesets: compiledRules(compiled, 'nft'), found: false, host };
    expect([text, ...universalExpectations(meaning, rules).map(({ kind }) => kind)]).toEqual([text, ...tried]);
    // Asked in the space of a proof, of the run that the proof makes, they are answered in the same words.
    const { expected } = proveExpecting(meaning, rules.rulesets, 'rules');
    expect([text, expected]).toEqual([text, expectedOf(meaning, rules)]);
    for (const kind of tried) counts[kind]++;
  });
  fc.assert(property, {
    numRuns: runs,
    endOnFailure: true,
    ...(process.env.CTFW_EXPECTED_RUNS === undefined ? { seed: 3 } : {}),
  });
  console.info(JSON.stringify(counts));
  expect(counts.holds).toBeGreaterThan(runs / 10);
  expect(counts.fails).toBeGreaterThan(runs / 10);
});

/** The kind of result that trying every packet gives. */
function tryAll(meaning: Meaning, expectation: Expectation): 'holds' | 'fails' | 'covers-nothing' {
  let spokenOf = false;
  const destinations = expectation.to.flatMap((subject) => destinationsOf(meaning, subject));
  for (const sender of expectation.from.flatMap((subject) => sendersOf(meaning, subject)))
    for (const destination of destinations) {
      if (sender.address.family !== destination.family || sameAddress(sender.address, destination)) continue;
      if (expectation.outcome.kind === 'leaves-as' && expectation.outcome.address.family !== destination.family)
        continue;
      for (const { protocol, port } of expectation.services.flatMap(portsOf)) {
        const flow = {
          arrivesBy: sender.arrivesBy,
          source: sender.address,
          destination,
          protocol,
          sourcePort: 40_000,
          destinationPort: port,
          icmpType: undefined,
        };
        const judged = judge(expectation.outcome, flow, decide(meaning, flow), isNatural(sender, destination));
        if (judged === 'outside') continue;
        if (judged !== 'holds') return 'fails';
        spokenOf = true;
      }
    }
  return spokenOf ? 'holds' : 'covers-nothing';
}

function portsOf(service: Expectation['services'][number]) {
  if (service.kind !== 'ports') throw new Error('expectations of small policies name ports');
  const { first, last } = service.ports;
  return Array.from({ length: last - first + 1 }, (_, index) => ({ protocol: service.protocol, port: first + index }));
}

function* addressesOf({ address, length }: Prefix): Generator<Address> {
  const last = lastAddress({ address, length });
  for (let { value } = address; value <= last.value; value++) yield { family: address.family, value };
}

function sendersOf({ atlas }: Meaning, subject: Subject): readonly Sender[] {
  const universe = universeOf(atlas);
  const containers = atlas.model.containers.flatMap((container) =>
    container.endpoints.flatMap((endpoint) =>
      Object.values(endpoint.addresses).map(
        (address): Sender => ({ address, arrivesBy: endpoint.network.bridge, container, endpoint }),
      ),
    ),
  );
  switch (subject.kind) {
    case 'host':
      return universe.hostAddresses.map((address) => ({
        address,
        arrivesBy: undefined,
        container: undefined,
        endpoint: undefined,
      }));
    case 'network':
      return containers.filter(({ endpoint }) => endpoint?.network === subject);
    case 'container':
      return containers.filter(({ container }) => container?.name === subject.name);
    case 'zone':
      return subject.prefixes
        .flatMap((prefix) => [...addressesOf(prefix)])
        .filter((address) => !addressSetContains(universe.notOutside, address))
        .flatMap((address) =>
          (subject.interface === undefined ? ['eth0', 'eth1'] : [subject.interface]).map((arrivesBy) => ({
            address,
            arrivesBy,
            container: undefined,
            endpoint: undefined,
          })),
        );
    default:
      throw new Error(`small policies do not speak of ${subject.kind}`);
  }
}

function destinationsOf(meaning: Meaning, subject: Subject): readonly Address[] {
  const { atlas } = meaning;
  if (subject.kind !== 'zone') return sendersOf(meaning, subject).map(({ address }) => address);
  const universe = universeOf(atlas);
  return subject.prefixes
    .flatMap((prefix) => [...addressesOf(prefix)])
    .filter((address) => !addressSetContains(universe.notOutside, address))
    .filter((address) => {
      const place = placeOfDestination(atlas, address);
      return place.kind === 'outside' && (subject.interface === undefined || place.interface === subject.interface);
    });
}

const base = `host box {
  interface eth0 { address 192.0.2.10/24 }
  route default via 192.0.2.1
  protect host
}
zone world = any on eth0
network front { subnet 172.17.0.0/16 }
container a { attach front }
container b { attach front }
`;

test('a packet that differs from the usual ones in its source port alone', () => {
  const { meaning } = compiledFrom(`${base}expect world -> box 68/udp blocked\n`);
  expect(evaluateExpectations(meaning).map(({ kind }) => kind)).toEqual(['holds']);
  const [shown] = universalExpectations(meaning);
  expect(shown).toMatchObject({
    kind: 'fails',
    problem: 'it is allowed',
    flow: { sourcePort: 67, destinationPort: 68 },
  });
});

test('who speaks of everything does not speak of what DHCP needs', () => {
  const { meaning } = compiledFrom(`${base}expect world -> box blocked\n`);
  expect(universalExpectations(meaning)).toMatchObject([{ kind: 'holds' }]);
});

test('a packet from an address that was given to nobody, where sources are free', () => {
  const text = base.replace('172.17.0.0/16', '172.17.0.0/16; spoofing allowed');
  const { meaning } = compiledFrom(`${text}deny a, b -> world 25/tcp\nexpect front -> world 25/tcp blocked\n`);
  expect(evaluateExpectations(meaning).map(({ kind }) => kind)).toEqual(['holds']);
  const [shown] = universalExpectations(meaning);
  expect(shown).toMatchObject({ kind: 'fails', problem: 'it is allowed' });
});

test('networks that the verifier does not judge are judged by samples', () => {
  const text = `${base}network lan { macvlan on eth0; subnet 192.0.2.0/24 }\ncontainer m { attach lan 192.0.2.20 }\n`;
  const { meaning } = compiledFrom(
    `${text}expect a -> b 80/tcp allowed\nexpect m -> m 80/tcp allowed\nexpect any -> m 22/tcp blocked\n`,
  );
  const shown = universalExpectations(meaning);
  expect(shown.map((one) => one.kind === 'holds' && one.classes !== undefined)).toEqual([true, false, false]);
});
