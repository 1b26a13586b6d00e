/** A policy's text, compiled for its only host. */
import { type Compiled, compile } from '../../src/compile.ts';
import { renderDiagnostics } from '../../src/diagnostics/render.ts';
import { emptyLock } from '../../src/lock/lock.ts';

export function compiledPolicy(text: string): Compiled {
  const nothing = (path: string) => ({ error: `no ${path} here` });
  const { judged, diagnostics } = compile({ name: 'policy.ctfw', text }, nothing, emptyLock);
  const [compiled] = judged;
  if (compiled === undefined) throw new Error(renderDiagnostics(diagnostics, { color: false }));
  return compiled;
}
