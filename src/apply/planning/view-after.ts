/** The host as it will be once its engines have made what the policy expects of them. */
import type { HostView } from '../../host-view/host-view.ts';

/** Bridges that are declared and not there yet are taken to be there, with their addresses, routes and ports. */
export function withMissing(view: HostView, declared: HostView): HostView {
  const present = new Set(view.interfaces.map(({ name }) => name));
  const missing = declared.interfaces.filter(({ name, kind }) => kind === 'bridge' && !present.has(name));
  const names = new Set(missing.map(({ name }) => name));
  const withoutPorts = new Set(view.interfaces.filter(({ kind }) => kind === 'bridge').map(({ name }) => name));
  for (const { bridgePort } of view.interfaces) if (bridgePort !== undefined) withoutPorts.delete(bridgePort.bridge);
  const ports = declared.interfaces.filter(
    ({ name, bridgePort }) =>
      bridgePort !== undefined &&
      !present.has(name) &&
      (names.has(bridgePort.bridge) || withoutPorts.has(bridgePort.bridge)),
  );
  const routes = declared.routes.filter((route) => route.interface !== undefined && names.has(route.interface));
  if (missing.length === 0 && ports.length === 0) return view;
  return { ...view, interfaces: [...view.interfaces, ...missing, ...ports], routes: [...view.routes, ...routes] };
}
