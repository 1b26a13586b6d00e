/** What changes for packets from the rules that are in force to the new ones: which flows open, close or are translated otherwise, by example. */
import { families, formatAddress } from '../../net/address.ts';
import { isPortProtocol, protocolName, protocolNumbers } from '../../net/protocol.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import {
  behaviourOf,
  compare,
  countClasses,
  type ExamplePacket,
  empty,
  exampleOf,
  firstPacketFields,
  MeaningDiagrams,
  proofSpace,
  proofSubject,
  type SetId,
  type Space,
  Universe,
} from '../../verifier/verifier.ts';

/** Elements and rules beyond which nobody waits for this. */
const mostParts = 4000;

/** `before` and `after`: all rules, those of others included. */
export function describeChange(
  meaning: Meaning,
  before: readonly Ruleset[],
  after: readonly Ruleset[],
): readonly string[] {
  if (sizeOf(before) + sizeOf(after) > mostParts)
    return ['not worked out: the rules are too many (ctfw verify proves them)'];
  const subject = proofSubject(meaning);
  const lines: string[] = [];
  for (const family of families) {
    const space = proofSpace(subject, family, [...before, ...after]);
    const packets = new Universe(space, meaning, new MeaningDiagrams(space, meaning, subject.sets)).first();
    const changes = compare(space, packets, behaviourOf(space, before, packets), behaviourOf(space, after, packets));
    lines.push(
      ...sentence(space, changes.opens, 'opens'),
      ...sentence(space, changes.closes, 'closes'),
      ...sentence(space, changes.translatedOtherwise, 'is translated otherwise'),
      ...sentence(space, changes.refusedOtherwise, 'is refused in another way'),
    );
  }
  return lines.length === 0 ? ['nothing: every first packet of a connection fares as before'] : lines;
}

function sentence(space: Space, set: SetId, verb: string): readonly string[] {
  const example = set === empty ? undefined : exampleOf(space, set);
  if (example === undefined) return [];
  const classes = countClasses(space, set, firstPacketFields);
  return [`${verb}: ${packetText(example)}${classes > 1n ? `, and ${classes - 1n} more kinds of packets` : ''}`];
}

function packetText({ origin, source, destination, protocol, destinationPort, icmpType }: ExamplePacket): string {
  const from = origin.input === undefined ? '(the host itself)' : `on ${origin.input}`;
  const isIcmp = protocol === protocolNumbers.icmp || protocol === protocolNumbers.icmpv6;
  const what = isIcmp ? ` type ${icmpType}` : isPortProtocol(protocolName(protocol)) ? `/${destinationPort}` : '';
  return `${formatAddress(source)} ${from} -> ${formatAddress(destination)} ${protocolName(protocol)}${what}`;
}

function sizeOf(rulesets: readonly Ruleset[]): number {
  let size = 0;
  for (const { tables } of rulesets)
    for (const { chains, sets, maps } of tables) {
      for (const { rules } of chains) size += rules.length;
      for (const { elements } of [...sets, ...maps]) size += elements.length;
    }
  return size;
}
