/** The expectations of a policy that is being compiled, for every packet: what the document's head says, and what is wrong. */
import type { JsonObject } from '../../backends/nftables/json.ts';
import { type Compiled, expectationDiagnostics } from '../../compile.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { type ExpectationResult, formatFlow } from '../../expectations/evaluate.ts';
import { universalExpectations } from '../../expectations/universal/universal.ts';
import { isSpread } from '../../model/on-host.ts';
import type { Expected } from '../../verifier/verifier.ts';
import { CommandError, exitCode } from './exit-code.ts';

export interface ProvedExpectations {
  readonly about: JsonObject;
  readonly diagnostics: readonly Diagnostic[];
}

/** By the meaning of the policy, which the rules are proved to be; `judged`: what the proof has said of them beside. Along several hosts packets of every class have been judged. */
export function provedExpectations(
  { policy, meaning, expectations }: Compiled,
  judged: readonly Expected[] | undefined,
): ProvedExpectations {
  if (expectations.length === 0) return { about: {}, diagnostics: [] };
  const results = isSpread(policy) ? expectations : universalExpectations(meaning, undefined, judged);
  for (const result of results) throwWhereUnconfirmed(result);
  const diagnostics = results.flatMap((result) => (result.kind === 'fails' ? expectationDiagnostics(result) : []));
  const shown = results.filter((result) => result.kind === 'holds' && result.classes !== undefined).length;
  const sampled = results.filter((result) => result.kind === 'holds' && result.classes === undefined).length;
  const rest = sampled === 0 ? '' : `, ${sampled} for one of every class, where the proof does not judge a network`;
  return { about: { provedExpectations: `${shown} of ${results.length} hold for every packet${rest}` }, diagnostics };
}

/** Verifier and decide() speak of the same policy: where they part, one of them is wrong. */
function throwWhereUnconfirmed(result: ExpectationResult): void {
  if (result.kind !== 'fails' || result.decision.verdict !== 'unknown') return;
  throw new CommandError(
    `internal error: ${result.decision.because.text}, for ${formatFlow(result.flow)}. Please report it; --no-prove compiles without asking`,
    exitCode.failed,
  );
}
