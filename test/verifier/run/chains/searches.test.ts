/** Law: chains that only look something up, made once for every packet, do what their rules do one after the other (as they are when somebody observes them). */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseIptablesSave } from '../../../../src/backends/iptables/parse.ts';
import type { Ruleset } from '../../../../src/ruleset/ruleset.ts';
import { type Behaviour, behaviourOf } from '../../../../src/verifier/run/behaviour.ts';
import { bindingKey } from '../../../../src/verifier/run/reading/sight.ts';
import { empty } from '../../../../src/verifier/sets/diagrams.ts';
import { spaceOf } from '../../../../src/verifier/space/space-of.ts';
import { arbitraryHost } from '../../agreement-host.ts';

const runs = Number(process.env.CTFW_SEARCH_RUNS ?? 60);

const addresses = ['10.0.0.1', '10.0.0.2', '10.0.0.0/30', '10.0.0.0/24', '10.0.1.0/24', '172.17.0.2', '192.168.1.0/24'];
const interfaces = ['eth0', 'docker0', 'br-a1b2c3', 'docker+'];
const marks = ['0x1/0x1', '0x2/0x2', '0x0/0x1', '0x2/0x3', '0x3/0x0'];

const negated = (words: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom('', '', '', '! '), words).map(([no, text]) => `${no}${text}`);
const sometimes = (words: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(fc.constant(''), fc.constant(''), words);
const matches = fc
  .tuple(
    sometimes(negated(fc.constantFrom(...addresses).map((one) => `-s ${one}`))),
    sometimes(negated(fc.constantFrom(...addresses).map((one) => `-d ${one}`))),
    sometimes(negated(fc.constantFrom(...interfaces).map((one) => `-i ${one}`))),
    sometimes(fc.constantFrom('80', '80:90', '85:100', '443').map((one) => `-p tcp -m tcp --dport ${one}`)),
    sometimes(sometimes(negated(fc.constant('--mark 0x1/0x1')).map((one) => `-m mark ${one}`))),
  )
  .map((words) => words.join(' '));

/** Rules of `T1` to `T4`, which lead to later ones only. */
function rules(targets: readonly string[]): fc.Arbitrary<string> {
  const chains = [1, 2, 3, 4].map((chain) =>
    fc.array(
      fc
        .tuple(
          matches,
          fc.constantFrom(
            ...targets,
            '-j RETURN',
            ...[2, 3, 4].filter((later) => later > chain).flatMap((later) => [`-j T${later}`, `-g T${later}`]),
          ),
        )
        .map(([what, then]) => `-A T${chain} ${what} ${then}`),
      { maxLength: 5 },
    ),
  );
  return fc.tuple(...chains).map((lists) => lists.flat().join('\n'));
}

const natTargets = [
  '-j DNAT --to-destination 10.0.1.7:85',
  '-j DNAT --to-destination 172.17.0.2',
  '-j REDIRECT --to-ports 443',
];
const sourceTargets = ['-j MASQUERADE', '-j SNAT --to-source 192.168.1.9'];
const chains = [1, 2, 3, 4].map((chain) => `:T${chain} - [0:0]`).join('\n');

/** The same rules in chains that POSTROUTING jumps to, where packets have no input interface. */
const atPostrouting = (text: string): string => text.replaceAll(/\bT(\d)/g, 'U$1').replaceAll('-i ', '-o ');

const arbitraryTrees: fc.Arbitrary<Ruleset> = fc
  .record({
    marking: rules(marks.map((mark) => `-j MARK --set-xmark ${mark}`)),
    before: rules(natTargets),
    after: rules(sourceTargets),
    entry: matches,
  })
  .map(({ marking, before, after, entry }) => {
    const text = `*mangle
:PREROUTING ACCEPT [0:0]
${chains}
-A PREROUTING -j T1
-A PREROUTING ${entry} -j T2
${marking}
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
${chains}
${atPostrouting(chains)}
-A PREROUTING -j T1
-A PREROUTING ${entry} -g T2
-A POSTROUTING -j U1
${before}
${atPostrouting(after)}
COMMIT
*filter
:FORWARD ACCEPT [0:0]
:INPUT ACCEPT [0:0]
-A FORWARD -m mark --mark 0x1/0x1 -j DROP
-A FORWARD -m mark --mark 0x2/0x2 -j REJECT
-A INPUT -m mark --mark 0x1/0x1 -j DROP
COMMIT
`;
    const { ruleset, diagnostics } = parseIptablesSave(text, 'rules', { family: 'ip', engine: 'iptables-nft' });
    if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
    return ruleset;
  });

const setsOf = ({ delivered, rejected, dropped, unknown }: Behaviour) => ({
  delivered: Object.fromEntries(delivered.map(({ binding, set }) => [bindingKey(binding), set])),
  rejected,
  dropped,
  unknown,
});

test('of random trees', () => {
  let translated = 0;
  let dropped = 0;
  const property = fc.property(arbitraryHost, arbitraryTrees, (view, trees) => {
    const space = spaceOf('ipv4', { view, rulesets: [trees] });
    const packets = space.wellFormed();
    const lookedUp = behaviourOf(space, [trees], packets);
    expect(setsOf(lookedUp)).toEqual(setsOf(behaviourOf(space, [trees], packets, { observe: () => {} })));
    if (lookedUp.delivered.length > 1) translated++;
    if (lookedUp.dropped !== empty) dropped++;
  });
  fc.assert(property, { numRuns: runs });
  expect(Math.min(translated, dropped)).toBeGreaterThan(runs / 10);
}, 600_000);
