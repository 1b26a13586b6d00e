/** A policy's text, compiled for its hosts. */
import { type Compiled, compile } from '../../src/compile.ts';
import { renderDiagnostics } from '../../src/diagnostics/render.ts';
import { emptyLock } from '../../src/lock/lock.ts';

export function compiledPolicy(text: string): Compiled {
  const [compiled] = compiledHosts(text);
  if (compiled === undefined) throw new Error('the policy has no host');
  return compiled;
}

/** What is compiled for each host, in file order. */
export function compiledHosts(text: string): readonly Compiled[] {
  const nothing = (path: string) => ({ error: `no ${path} here` });
  const { judged, diagnostics } = compile({ name: 'policy.ctfw', text }, nothing, emptyLock);
  if (judged.length === 0) throw new Error(renderDiagnostics(diagnostics, { color: false }));
  return judged;
}
