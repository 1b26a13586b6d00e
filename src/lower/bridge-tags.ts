/** Tags in front of what the bridge table tests: they hide it. */
import { meta, payload } from '../ruleset/expression.ts';
import type { Rule } from '../ruleset/ruleset.ts';
import { anyOf, drop, equals } from '../ruleset/statement.ts';
import { integer } from '../ruleset/value.ts';
import { vlanProtocols } from './constant.ts';
import { commented } from './part.ts';

export const hiddenPackets = commented(
  'a tag behind a tag hides the packet from every test, and the receiver takes both off',
  anyOf(meta('protocol'), vlanProtocols),
  drop,
);

/**
 * To ebtables a tagged frame is no IP frame, so no test of addresses sees what is in it. Dropped is what a receiver would
 * take for untagged (identifier 0) and what hides another tag; other tags reach only who has an interface for them.
 */
export function tagRules(): readonly Rule[] {
  const tagged = equals(payload('ether', 'type'), integer(0x8100));
  const comment = 'a tag hides the packet from every test, and the receiver takes it off';
  return [
    commented(comment, tagged, equals(payload('vlan', 'id'), integer(0)), drop),
    ...vlanProtocols.map((type) => commented(comment, tagged, equals(payload('vlan', 'type'), type), drop)),
    ...vlanProtocols.slice(1).map((type) => commented(comment, equals(payload('ether', 'type'), type), drop)),
  ];
}
