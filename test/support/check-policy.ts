/** What a policy with everything it includes is complained about, as far as the syntax goes. */
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { applyIgnores } from '../../src/syntax/ignore.ts';
import { assemble, type ReadFile } from '../../src/syntax/include.ts';

/** The diagnostics of `policy.ctfw` with a text; `read` gives the included files, none without it. */
export function checkSyntax(text: string, read?: ReadFile): readonly Diagnostic[] {
  const root = { name: 'policy.ctfw', text };
  const itself: ReadFile = (path) => (path === root.name ? root : { error: 'no such file' });
  const { files, diagnostics } = assemble(root, read ?? itself);
  return applyIgnores(files, diagnostics);
}
