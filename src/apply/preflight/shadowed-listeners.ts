/** Programs of the host that listen where a publication translates packets away from them [82]. */
import { shadowedListener } from '../../diagnostics/catalogue/apply.ts';
import { formatAddress, sameAddress } from '../../net/address.ts';
import { portRangeContains } from '../../net/port.ts';
import { finding } from './finding.ts';
import type { Check } from './preflight.ts';

export const shadowedListeners: Check = ({ model, reading }) => {
  const byPort = new Map<string, NonNullable<typeof reading.listeners>[number][]>();
  for (const listener of reading.listeners ?? []) {
    const key = `${listener.protocol} ${listener.port}`;
    byPort.set(key, [...(byPort.get(key) ?? []), listener]);
  }
  return model.containers.flatMap(({ publications }) =>
    publications.flatMap((publication) => {
      const { listener, hostPorts, protocol, span, container } = publication;
      const found = [...byPort.values()].flat().filter((one) => {
        if (one.protocol !== protocol || !portRangeContains(hostPorts, one.port)) return false;
        const isEvery = one.address.value === 0n;
        return listener.kind === 'all' || isEvery || sameAddress(listener.address, one.address);
      });
      return found
        .filter(({ address }) => listener.kind !== 'all' || address.value === 0n || !isLoopbackAddress(address))
        .map(({ address, port }) =>
          finding(
            shadowedListener,
            `a program listens on ${formatAddress(address)} port ${port}/${protocol}, which is published for ${container}: from outside it is no longer reached`,
            { span },
          ),
        );
    }),
  );
};

function isLoopbackAddress({ family, value }: { readonly family: string; readonly value: bigint }): boolean {
  return family === 'ipv4' ? value >> 24n === 127n : value === 1n;
}
