/** Other hosts see a container that leaves masqueraded as its host, so what names the container there covers nothing. */
import { seenAsHost } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import type { Span } from '../../source/span.ts';
import { allPublications } from '../host-contents.ts';
import type { Container, Model, Network, Subject } from '../model.ts';
import type { CheckContext } from './rule.ts';

export function* checkSeenAsHost({ model }: CheckContext): Generator<Diagnostic> {
  if (model.hosts.length < 2) return;
  for (const { action, from, to, span } of model.access)
    if (action === 'allow') yield* judge(model, from, hostsNamed(to), span);
  const homes = new Map(model.containers.map(({ name, host }) => [name, host]));
  for (const { container, from, target, span } of allPublications(model.containers)) {
    const home = homes.get(container);
    if (from !== undefined && home !== undefined && target.network.gatewayMode !== 'routed')
      yield* judge(model, from, [home], span);
  }
}

function hostsNamed(subjects: readonly Subject[]): readonly string[] {
  return subjects.flatMap((subject) => (subject.kind === 'host' ? [subject.name] : []));
}

/** One remark a statement: about the first of its subjects that no host of the right side ever sees. */
function* judge(model: Model, from: readonly Subject[], hosts: readonly string[], span: Span): Generator<Diagnostic> {
  for (const subject of from) {
    if (subject.kind !== 'container' && subject.kind !== 'network') continue;
    const homes = homesOf(model, subject);
    const foreign = hosts.find((host) => homes.length > 0 && !homes.includes(host));
    if (foreign === undefined) continue;
    yield report(
      seenAsHost,
      span,
      `\`${foreign}\` sees \`${subject.name}\` as \`${homes[0]}\`, which masquerades it: this never covers it`,
      { help: `name the host, and with it all that it masquerades: \`${homes[0]}\`` },
    );
    return;
  }
}

/** The hosts that something leaves by, all of them masquerading it. */
function homesOf(model: Model, subject: Container | Network): readonly string[] {
  if (subject.kind === 'network') return isMasqueraded(subject) ? subject.hosts.map(({ host }) => host) : [];
  const { host, endpoints } = subject;
  const leaves = endpoints.filter(({ network }) => !network.internal);
  return host !== undefined && leaves.length > 0 && leaves.every(({ network }) => isMasqueraded(network))
    ? [model.hosts.find(({ name }) => name === host)?.name ?? host]
    : [];
}

function isMasqueraded({ networkKind, masquerade, gatewayMode, unmanaged }: Network): boolean {
  return networkKind === 'bridge' && masquerade && gatewayMode === 'nat' && !unmanaged;
}
