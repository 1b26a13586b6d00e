/**
 * iptables rejects only in its filter table. What has to be rejected before translation (a deny of the destination as sent)
 * gets the flag instead; it is then not translated, and the filter table rejects it where it arrives.
 */
import type { Chain, Rule } from '../../ruleset/ruleset.ts';
import type { NamedMap } from '../../ruleset/set.ts';
import type { Statement } from '../../ruleset/statement.ts';
import { targetsOf } from './depth.ts';
import type { Flag } from './flag.ts';
import { type Place, placeOf } from './place.ts';
import type { TableBuilder } from './table-builder.ts';

/** Rules that stand before everything else of ours in a built-in chain. */
export interface Front {
  readonly place: Place;
  /** The chains of the ruleset that they lead to. */
  readonly chains: readonly string[];
  readonly rules: (builder: TableBuilder) => readonly Rule[];
}

const base = { policy: 'accept', devices: [] } as const;

export function deferredRejects(
  chains: ReadonlyMap<string, Chain>,
  placed: readonly { readonly chain: Chain; readonly place: Place }[],
  flag: Flag,
  maps: ReadonlyMap<string, NamedMap>,
): readonly Front[] {
  const hooks = new Set(
    placed
      .filter(({ chain, place }) => place.table !== 'filter' && reachesReject(chain, chains, maps))
      .map(({ place }) => place.base.hook),
  );
  const rejecting = [...chains.values()].filter((chain) =>
    chain.rules.some((rule) => rule.statements.some(({ kind }) => kind === 'reject')),
  );
  const [refusal, ...others] = rejecting;
  if (hooks.size === 0 || refusal === undefined) return [];
  if (others.length > 0) throw new Error('several ways to reject before translation');
  const fronts: Front[] = [];
  for (const hook of ['prerouting', 'output'] as const) {
    if (!hooks.has(hook)) continue;
    fronts.push(untranslated(hook, flag));
    if (hook === 'output') fronts.push(refused('output', refusal.name, flag));
    else fronts.push(refused('input', refusal.name, flag));
  }
  return fronts;
}

/** Whether a packet that enters the chain may be rejected. */
function reachesReject(chain: Chain, chains: ReadonlyMap<string, Chain>, maps: ReadonlyMap<string, NamedMap>): boolean {
  if (chain.rules.some((rule) => rule.statements.some(({ kind }) => kind === 'reject'))) return true;
  return targetsOf(chain, maps).some((name) => {
    const target = chains.get(name);
    return target !== undefined && reachesReject(target, chains, maps);
  });
}

function untranslated(hook: 'prerouting' | 'output', flag: Flag): Front {
  const accept: Statement = { kind: 'verdict', verdict: { kind: 'accept' } };
  return front({ ...base, type: 'nat', hook, priority: -100 }, [], () => [
    { statements: [flag.isSet, accept], origins: [], comment: 'denied as it was sent: stays so until it is rejected' },
  ]);
}

function refused(hook: 'input' | 'output', chain: string, flag: Flag): Front {
  return front({ ...base, type: 'filter', hook, priority: 0 }, [chain], (builder) => [
    {
      statements: [flag.isSet, { kind: 'verdict', verdict: { kind: 'goto', chain: builder.chain(chain, 'top') } }],
      origins: [],
      comment: 'denied as it was sent',
    },
  ]);
}

function front(chain: Parameters<typeof placeOf>[0], chains: readonly string[], rules: Front['rules']): Front {
  const place = placeOf(chain, 'ip');
  if (place === undefined) throw new Error('no such place');
  return { place, chains, rules };
}
