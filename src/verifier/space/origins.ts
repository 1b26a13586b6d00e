/** Where packets come from: the devices of a host, bridge ports taken together where no rule and no policy tells them apart. */
import type { HostView } from '../../host-view/host-view.ts';

export interface Origin {
  /** Undefined: the host itself. */
  readonly device: string | undefined;
  /** The bridge that the device is a port of. */
  readonly bridge: string | undefined;
  /** The interface that the ip hooks see: the bridge for a port. */
  readonly input: string | undefined;
}

/** Whether an interface name fits a name in a rule, which may end in `*` [142]. */
export function nameFits(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

/**
 * The host itself, every interface that is no port, and of each bridge one port for each way in which `named` tells ports
 * apart; ports of one bridge stand next to each other.
 */
export function originsOf(view: HostView, named: ReadonlySet<string>): readonly Origin[] {
  const kinds = new Map(view.interfaces.map(({ name, kind }) => [name, kind]));
  const exact = new Set([...named].filter((name) => !name.endsWith('*')));
  const patterns = [...named].filter((name) => name.endsWith('*'));
  const devices: Origin[] = [{ device: undefined, bridge: undefined, input: undefined }];
  const bridges = new Map<string, Map<string, Origin>>();
  for (const { name, kind, bridgePort } of view.interfaces) {
    const isPort = bridgePort !== undefined && kinds.get(bridgePort.bridge) === 'bridge';
    if (!isPort) {
      if (kind !== 'loopback' && kind !== 'bridge' && bridgePort === undefined)
        devices.push({ device: name, bridge: undefined, input: name });
      continue;
    }
    const { bridge } = bridgePort;
    const kindOfPort = exact.has(name) ? name : patterns.filter((pattern) => nameFits(pattern, name)).join();
    const ports = bridges.get(bridge) ?? new Map<string, Origin>();
    if (!ports.has(kindOfPort)) ports.set(kindOfPort, { device: name, bridge, input: bridge });
    bridges.set(bridge, ports);
  }
  return [...devices, ...[...bridges.values()].flatMap((ports) => [...ports.values()])];
}
