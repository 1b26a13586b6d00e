/** What is looked at before anything is changed. One file a check; each says what it found and the way out. */
import type { GatheredHost } from '../../host/gather/gathered.ts';
import type { HostView } from '../../host-view/host-view.ts';
import type { CheckedModel, Host } from '../../model/model.ts';
import type { Address } from '../../net/address.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { type Artifact, hasNoRules } from '../artifact.ts';
import type { Finding, SysctlChange } from '../plan/plan.ts';
import { foreignRules } from './foreign-rules.ts';
import { foreignTranslations } from './foreign-translation.ts';
import { gathered } from './gathered.ts';
import { hairpin } from './hairpin.ts';
import { interfaces } from './interfaces.ts';
import { operatorGetsIn } from './operator.ts';
import { otherTarget } from './other-target.ts';
import { settings } from './settings.ts';
import { shadowedListeners } from './shadowed-listeners.ts';

export interface PreflightContext {
  readonly model: CheckedModel;
  readonly host: Host;
  /** The host as the policy declares it. */
  readonly declared: HostView;
  /** The host as it is. */
  readonly reading: GatheredHost;
  /** The host as it will be: with the settings that are set, and with the bridges that engines have yet to make. */
  readonly view: HostView;
  /** What the policy means on that host. */
  readonly meaning: Meaning;
  /** What will be loaded. */
  readonly artifact: Artifact;
  /** Our rules, as they will be. */
  readonly ruleset: () => Ruleset;
  /** Everybody else's rules. */
  readonly foreign: readonly Ruleset[];
  /** All rules as they will be. */
  readonly together: () => readonly Ruleset[];
  /** Settings that are not as the policy needs them. */
  readonly sysctls: readonly SysctlChange[];
  readonly setSysctls: boolean;
  readonly operator: Operator;
}

/** From where the user is logged in. */
export type Operator =
  | {
      readonly kind: 'known';
      readonly address: Address;
      /** The address of this host that the login came to; undefined where the user has named theirs. */
      readonly local: Address | undefined;
      readonly port: number;
      /** The interface that a link-local address is on, where the user has named it. */
      readonly interface?: string | undefined;
      /** From where others are logged in to the same port, and at which address of this host. */
      readonly others?: readonly { readonly address: Address; readonly local: Address }[];
    }
  | { readonly kind: 'unknown' }
  /** The user says that it does not matter. */
  | { readonly kind: 'does-not-matter' };

export type Check = (context: PreflightContext) => readonly Finding[];

/** All checks, in the order in which their findings are told. */
const checks: readonly Check[] = [
  gathered,
  otherTarget,
  interfaces,
  settings,
  foreignTranslations,
  foreignRules,
  shadowedListeners,
  hairpin,
  operatorGetsIn,
];

/** What is asked where our rules are taken away: no policy is in force then that the host or others could be against. */
const checksWithoutRules: readonly Check[] = [gathered, operatorGetsIn];

export function preflight(context: PreflightContext): readonly Finding[] {
  const asked = hasNoRules(context.artifact) ? checksWithoutRules : checks;
  return asked.flatMap((check) => check(context));
}
