/** What of a policy the lab leaves out. */
import { notBuiltInLab } from '../diagnostics/catalogue/lab.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import type { CheckedModel, Host } from '../model/model.ts';
import { isOnHost } from './build-topology.ts';

/** One warning for every network of this host that `labTopology` does not build. */
export function notInLab(model: CheckedModel, host: Host): readonly Diagnostic[] {
  return model.networks
    .filter((network) => isOnHost(network, host) && network.networkKind === 'switch')
    .map((network) =>
      report(
        notBuiltInLab,
        network.span,
        `The lab does not build the network ${network.name}: it is a switch network.`,
      ),
    );
}
