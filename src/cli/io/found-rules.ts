/** Files that users give: rules found on a host, and host views written by `ctfw snapshot`. */
import { readRulesDocument } from '../../backends/rules-document.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import type { HostView } from '../../host-view/host-view.ts';
import { parseHostView } from '../../host-view/json.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { sayDiagnostics } from './diagnostics.ts';
import { CommandError, exitCode } from './exit-code.ts';
import { readSource } from './files.ts';

/** Reads rules from files. Throws CommandError for what holds no rules, or holds them so that nothing can be concluded. */
export function readFoundRules(paths: readonly string[]): readonly Ruleset[] {
  const diagnostics: Diagnostic[] = [];
  const rulesets = paths.map((path) => {
    const document = readRulesDocument(readSource(path).text, path);
    if (document.kind === 'not-rules') throw new CommandError(document.message, exitCode.refused);
    diagnostics.push(...document.diagnostics);
    return document.ruleset;
  });
  // hints say what is not modelled; results that depend on it say so themselves
  sayDiagnostics(
    diagnostics.filter(({ severity }) => severity !== 'hint'),
    'human',
  );
  if (hasErrors(diagnostics))
    throw new CommandError('the rules are not understood well enough to judge anything by them', exitCode.refused);
  return rulesets;
}

/** Reads a host view. Throws CommandError with the places that are wrong. */
export function readFoundView(path: string): HostView {
  const read = parseHostView(readSource(path).text);
  if (read.kind === 'read') return read.value;
  throw new CommandError(
    [`${path} is no host view as \`ctfw snapshot\` writes it:`, ...read.problems.map((problem) => `  ${problem}`)].join(
      '\n',
    ),
    exitCode.refused,
  );
}
