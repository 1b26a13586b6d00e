/** Ports of bridges without hairpin mode, where br_netfilter bridges translated packets back [91]. */
import { hairpinOff } from '../../diagnostics/catalogue/apply.ts';
import { finding } from './finding.ts';
import type { Check } from './preflight.ts';

export const hairpin: Check = ({ model, view }) => {
  if (view.sysctls['net.bridge.bridge-nf-call-iptables'] !== '1') return [];
  const published = new Set(
    model.containers.flatMap(({ publications }) => publications.map(({ target }) => target.network)),
  );
  return [...published].flatMap(({ name, bridge, span }) => {
    const off = view.interfaces.filter(({ bridgePort }) => bridgePort?.bridge === bridge && !bridgePort.hairpin);
    if (off.length === 0) return [];
    const ports = off.slice(0, 3).map((one) => one.name);
    const others = off.length > ports.length ? ` and ${off.length - ports.length} more` : '';
    const message = `a container of ${name} cannot use its own published port: hairpin mode is off on ${ports.join(', ')}${others}`;
    return [finding(hairpinOff, message, { span, help: `run \`bridge link set dev ${ports[0]} hairpin on\`` })];
  });
};
