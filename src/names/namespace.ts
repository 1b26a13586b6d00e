/** Containers of mode `shared` use the files of the container whose namespace they share, as in Docker. */
import type { Container, Model } from '../model/model.ts';

/** The container whose hosts file and resolv.conf a container reads: itself, or the one whose network it shares. */
export function namespaceOwner(model: Model, container: Container): Container {
  const { mode } = container;
  if (mode.kind !== 'shared') return container;
  return model.containers.find(({ name }) => name === mode.container) ?? container;
}
