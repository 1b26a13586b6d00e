/** What an import left out because it says nothing about networks: every such key is listed once, with all places it stands at. */
import type { Span } from '../../source/span.ts';

/** Where a key stands: in a service of a compose file, in a container that runs, in a network, or at the top of the file. */
export type IgnoredScope = 'service' | 'container' | 'network' | 'file';

export interface IgnoredKey {
  readonly scope: IgnoredScope;
  /** The key, with dots where it stands inside another one: `deploy.resources`. */
  readonly key: string;
  readonly places: readonly Span[];
}

/** The ignored keys as one line for people, or undefined when there are none: `ignored, not about networks: volumes (4 services), ...`. */
export function summarizeIgnored(ignored: readonly IgnoredKey[]): string | undefined {
  if (ignored.length === 0) return undefined;
  return `ignored, not about networks: ${ignored.map(summarizeKey).join(', ')}`;
}

function summarizeKey({ scope, key, places }: IgnoredKey): string {
  if (scope === 'file') return `${key} (top level)`;
  return `${key} (${places.length} ${places.length === 1 ? scope : `${scope}s`})`;
}
