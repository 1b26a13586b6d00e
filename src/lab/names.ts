/** What a container of a lab calls itself and others: its hostname, /etc/hosts and /etc/resolv.conf, as Docker makes them. */
import type { Container, Model } from '../model/model.ts';
import { formatHostsFile, hostsLines } from '../names/hosts-file.ts';
import { formatResolver, resolverOf } from '../names/resolver.ts';
import type { LabNames } from './topology.ts';

/** For the namespace that a container owns; containers that share it read the same files. */
export function labNames(model: Model, container: Container): LabNames {
  return {
    hostname: container.hostname,
    hosts: formatHostsFile(hostsLines(model, container)),
    resolver: formatResolver(resolverOf(model, container)),
  };
}
