/** A statement about a container without addresses decides nothing. */
import { containerWithoutAddresses } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import type { Container, Subject } from '../model.ts';
import type { CheckContext } from './rule.ts';

export function* checkNoAddresses({ model }: CheckContext): Generator<Diagnostic> {
  const known = new WeakMap<readonly Subject[], Container | undefined>();
  const without = (side: readonly Subject[]): Container | undefined => {
    if (!known.has(side))
      known.set(
        side,
        side.find((subject): subject is Container => subject.kind === 'container' && hasNone(subject)),
      );
    return known.get(side);
  };
  for (const { action, from, to, span } of model.access) {
    const container = without(from) ?? without(to);
    if (container === undefined) continue;
    yield report(
      containerWithoutAddresses,
      span,
      `\`${container.name}\` has mode \`none\` and so no address: for it this ${action} decides nothing`,
      {
        related: [{ span: container.span, message: `\`${container.name}\` is declared here` }],
        help: 'attach it to a network, or leave it out',
      },
    );
  }
}

/** A container of mode none may still be plumbed into a network or connected by hand. */
function hasNone({ mode, endpoints }: Container): boolean {
  return mode.kind === 'none' && endpoints.length === 0;
}
