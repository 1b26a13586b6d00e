/** Whom a question about reach is put to: a policy, or rules found on a host, with or without a policy beside them. */
import type { HostView } from '../../host-view/host-view.ts';
import { completedView, type Decider } from '../../verifier/verifier.ts';
import { comparedHost } from '../diff/host.ts';
import { CommandError } from '../io/exit-code.ts';
import { readFoundView } from '../io/found-rules.ts';
import { readSide, rulesSide, type Side } from '../sides/side.ts';

export interface ReachOptions {
  readonly rules?: readonly string[];
  readonly hostView?: string;
  readonly host?: string;
}

export interface ReachSubject {
  readonly view: HostView;
  readonly decider: Decider;
  readonly notes: readonly string[];
  /** What was asked, in words. */
  readonly name: string;
}

export async function reachSubject(file: string | undefined, options: ReachOptions): Promise<ReachSubject> {
  const given = options.hostView === undefined ? undefined : readFoundView(options.hostView);
  const policy = file === undefined ? undefined : await readSide(file, { target: 'nft', host: options.host });
  const rules = options.rules === undefined ? undefined : await foundRules(options.rules, options);
  const sides = [policy, rules].filter((side) => side !== undefined);
  if (sides.length === 0)
    throw new CommandError('name a policy, or rules found on a host: --rules live.json [--host-view view.json]');
  const { view, policies, notes } = comparedHost(sides, given);
  const [meaning] = policies;
  const ruling = rules ?? (policy?.compiled === undefined ? policy : undefined);
  if (ruling !== undefined)
    return { view, decider: { kind: 'rules', rulesets: ruling.rulesets, meaning }, notes, name: ruling.name };
  if (meaning === undefined) throw new CommandError('there is nothing to ask');
  return {
    view: given ?? completedView(meaning),
    decider: { kind: 'policy', meaning },
    notes,
    name: policy?.name ?? '',
  };
}

/** Files of one host together; a folder or `live` stands alone. */
async function foundRules(words: readonly string[], { host }: ReachOptions): Promise<Side> {
  const [first, ...others] = words;
  if (first !== undefined && others.length === 0) return readSide(first, { target: 'nft', host });
  return rulesSide(words.join(', '), words, undefined);
}
