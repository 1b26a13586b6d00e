/** Files that users give: rules found on a host, and host views written by `ctfw snapshot`. */
import { type FoundRules, readFoundRules as readRules } from '../../backends/found-rules.ts';
import { noRulesFound } from '../../diagnostics/catalogue/iptables.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import type { HostView } from '../../host-view/host-view.ts';
import { parseHostView } from '../../host-view/json.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { sayDiagnostics } from './diagnostics.ts';
import { CommandError, exitCode } from './exit-code.ts';
import { readSource } from './files.ts';

/** Reads rules from files. Throws CommandError for what holds no rules, or holds them so that nothing can be concluded. */
export function readFoundRules(paths: readonly string[]): readonly Ruleset[] {
  return readFoundFiles(paths).map(({ ruleset }) => ruleset);
}

export interface FoundFile extends FoundRules {
  readonly path: string;
  readonly text: string;
}

export function readFoundFiles(paths: readonly string[]): readonly FoundFile[] {
  const files = paths.map((path): FoundFile => {
    const { name, text } = readSource(path);
    return { path, text, ...readRules(text, name) };
  });
  const diagnostics = files.flatMap((file) => {
    const { path, form, text } = file;
    // A host without any table has rules that say nothing: that is an answer. A file that says nothing is none.
    const found = file.diagnostics.filter(({ code }) => code !== noRulesFound.code || text.trim() === '');
    const [first] = found;
    if (first !== undefined && (form === undefined || first.code === noRulesFound.code))
      throw new CommandError(
        `${path}: ${first.message}${first.help === undefined ? '' : ` (${first.help})`}`,
        exitCode.refused,
      );
    return found;
  });
  // hints say what is not modelled; results that depend on it say so themselves
  sayDiagnostics(
    diagnostics.filter(({ severity }) => severity !== 'hint'),
    'human',
  );
  if (hasErrors(diagnostics))
    throw new CommandError('the rules are not understood well enough to judge anything by them', exitCode.refused);
  return files;
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
