/**
 * What the baseline allows between two subjects whatever the statements say - only the cases that follow from the subjects
 * as a whole, for warnings. The full meaning of the baseline lives in `policy`; this must never claim more than that.
 */
import type { Model, Network, Subject } from './model.ts';

/** The reason, as the end of a sentence, why every flow between two subjects is allowed; undefined where that is not certain. */
export type Baseline = (from: Subject, to: Subject) => string | undefined;

/** With several hosts nothing is certain. */
export function baselineAllowance(model: Model): Baseline {
  const [host, other] = model.hosts;
  if (host === undefined || other !== undefined) return () => undefined;
  return (from, to) => {
    if (from.kind === 'host') return 'the host may open any connection';
    if (from.kind === 'zone') {
      if (to.kind === 'host' && !host.protectHost) return 'without `protect host` the way into the host is open';
      return to.kind === 'zone' && host.transit ? 'traffic between outside interfaces is left alone' : undefined;
    }
    const sources = networksOf(from);
    if (sources.length === 0 || !sources.every(isOrdinary)) return undefined;
    if (to.kind === 'host')
      return sources.every(({ gatewayMode }) => gatewayMode !== 'isolated')
        ? 'containers reach their host anyway'
        : undefined;
    if (to.kind === 'zone')
      return sources.every(({ internal }) => !internal)
        ? 'containers reach the outside anyway, unless their network is `internal`'
        : undefined;
    const [network] = sources;
    const targets = networksOf(to);
    const isSame =
      network !== undefined && targets.length > 0 && [...sources, ...targets].every((item) => item === network);
    return isSame && network.icc ? `\`${network.name}\` has \`icc on\`` : undefined;
  };
}

/** The networks that all addresses of a container or network are on; empty for other subjects. */
function networksOf(subject: Subject): readonly Network[] {
  if (subject.kind === 'network') return [subject];
  return subject.kind === 'container' ? subject.endpoints.map(({ network }) => network) : [];
}

function isOrdinary(network: Network): boolean {
  return network.networkKind === 'bridge' && !network.unmanaged;
}
