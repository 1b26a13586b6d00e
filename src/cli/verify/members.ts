/** The hosts of a policy, each with the rules that are judged, made ready to be simulated together. */
import type { Member } from '../../expectations/simulated/simulated-network.ts';
import type { Subject } from './check.ts';
import { chainOrderOf } from './judged-rules.ts';

/** Hosts with the rules of this name, in the circumstance of this number (the last one, where a host has fewer). */
export function membersOf(hosts: readonly Subject[], rulesName: string, circumstance: number): readonly Member[] {
  return hosts.flatMap(({ compiled, rules, circumstances }) => {
    const judged = rules.find(({ name }) => name === rulesName);
    const expected = circumstances[circumstance] ?? circumstances.at(-1);
    if (judged === undefined || expected === undefined) return [];
    const { host, model } = compiled;
    const station = { host, model, view: expected.view, meaning: expected.meaning };
    return [{ station, rulesets: judged.rulesets, chainOrder: chainOrderOf(judged) }];
  });
}
