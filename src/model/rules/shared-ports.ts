/** Containers that share one network cannot both listen on a port. */
import { sharedPortTwice } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import { formatPortRange } from '../../net/port.ts';
import type { Container, Exposed } from '../model.ts';
import type { CheckContext } from './rule.ts';

export function* checkSharedPorts({ model }: CheckContext): Generator<Diagnostic> {
  const sharers = new Map<string, Container[]>();
  for (const container of model.containers) {
    if (container.mode.kind !== 'shared') continue;
    const list = sharers.get(container.mode.container);
    if (list === undefined) sharers.set(container.mode.container, [container]);
    else list.push(container);
  }
  for (const owner of model.containers) {
    const others = sharers.get(owner.name);
    if (others !== undefined) yield* clashes([owner, ...others]);
  }
}

/** Each exposed range against the one before it in the order of ports that reaches furthest, protocols apart. */
function* clashes(containers: readonly Container[]): Generator<Diagnostic> {
  const claims = containers.flatMap((container, place) =>
    container.exposed.map((exposed) => ({ container, place, exposed })),
  );
  claims.sort((left, right) => left.exposed.ports.first - right.exposed.ports.first || left.place - right.place);
  const furthest = new Map<string, { container: Container; place: number; exposed: Exposed }>();
  for (const claim of claims) {
    const { protocol, ports } = claim.exposed;
    const before = furthest.get(protocol);
    if (before !== undefined && before.exposed.ports.last >= ports.first && before.container !== claim.container) {
      const [first, second] = before.place < claim.place ? [before, claim] : [claim, before];
      yield report(
        sharedPortTwice,
        second.exposed.span,
        `\`${second.container.name}\` and \`${first.container.name}\` share one network, and both serve ${formatPortRange(ports)}/${protocol}`,
        {
          related: [{ span: first.exposed.span, message: `exposed by \`${first.container.name}\` here` }],
          help: 'only one of them can listen on a port',
        },
      );
    }
    if (before === undefined || before.exposed.ports.last < ports.last) furthest.set(protocol, claim);
  }
}
