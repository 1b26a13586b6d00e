/** The proof: for every packet, the rules do what the policy means; both targets proved are equal to each other. */
import { ownerOf } from '../../../apply/preflight/owners.ts';
import { type Counterexample, sentText } from '../../../verifier/verifier.ts';
import { isDeciding, placeText, type RuleStep } from '../../trace/decisive.ts';
import { flowOfPacket } from '../../trace/flow-of-packet.ts';
import { type RuleTexts, ruleTextsOf } from '../../trace/rule-texts.ts';
import type { Check, Subject } from '../check.ts';
import type { JudgedRules } from '../judged-rules.ts';
import type { Result } from '../result.ts';

export const proofCheck: Check = {
  rule: 'proof',
  title: 'The rules are not, for every packet, what the policy means',
  explanation:
    'All packets are decided at once, as sets: first ones, what follows them in a connection, replies, ICMP errors, forged ones ' +
    'and those that belong to nothing. A difference is shown as one packet that the simulator was given too. In rules that ctfw ' +
    'emitted it is a fault of ctfw; in rules found on a host, the message names the rule that is in the way and, where its name ' +
    'tells, whose it is. Where something is not modelled the result is unknown, and says what it rests on.',
  needsKernel: false,
  run: async (subject) => subject.rules.flatMap((rules) => proofOf(subject, rules)),
};

function proofOf({ compiled, answers }: Subject, rules: JudgedRules): readonly Result[] {
  const { proof } = answers.proof(rules);
  const base = { rule: proofCheck.rule, host: compiled.host.name, judge: rules.name };
  const texts = ruleTextsOf(rules.rulesets);
  switch (proof.kind) {
    case 'proved':
      return [
        {
          ...base,
          name: 'every packet',
          outcome: 'passed',
          message: `proved for ${proof.classes} classes of first packets, and for everything that follows them`,
          assumptions: proof.assumptions,
        },
      ];
    case 'undecided': {
      const { counterexample, internal } = proof;
      const why = internal
        ? 'the proof found a packet that the simulator does not confirm: please report it'
        : `it rests on what is not modelled: ${counterexample.restsOn.join(', ')}`;
      return [{ ...base, ...toldOf(counterexample, texts), outcome: 'unknown', message: why }];
    }
    case 'refuted':
      return proof.counterexamples.map((example) => ({
        ...base,
        ...toldOf(example, texts),
        outcome: 'failed',
        message: `meant: ${example.expected}; what happens: ${example.got}${blamed(example, texts)}`,
        ...(rules.isOurs ? { help: 'this is a fault of ctfw: please report it with the policy' } : {}),
      }));
  }
}

function toldOf(example: Counterexample, texts: RuleTexts): Pick<Result, 'name' | 'span' | 'evidence'> {
  const { decision, packets, obligation, trace, got } = example;
  const { span } = decision.because;
  return {
    name: `${obligation}: ${packets.map(sentText).join(', then ')}`,
    ...(span === undefined ? {} : { span }),
    evidence: {
      flow: flowOfPacket(example.packet),
      ways: [
        {
          verdict: got.startsWith('delivered') ? 'allowed' : got.startsWith('rejected') ? 'rejected' : 'blocked',
          receiver: undefined,
          packet: undefined,
          answer: undefined,
          reason: got,
          place: undefined,
          steps: trace,
          choices: [],
        },
      ],
      texts,
      nameOf: () => undefined,
    },
  };
}

/** The rule that is in the way: the last one that decided, by its place and text, and whose it is. */
function blamed({ trace }: Counterexample, texts: RuleTexts): string {
  const deciding = trace.filter((step): step is RuleStep => step.kind === 'rule' && isDeciding(step));
  const place =
    deciding.at(-1)?.place ?? trace.flatMap((step) => (step.kind === 'chain-end' ? [step.place] : [])).at(-1);
  if (place === undefined) return ', and no rule decides about it';
  const owner = ownerOf(place.table, place.chain);
  const text = texts.rule(place, undefined);
  const whose = owner === undefined ? '' : `, of ${owner}`;
  return `, by ${placeText(place)}${whose}${text === undefined ? '' : `: ${text}`}`;
}
