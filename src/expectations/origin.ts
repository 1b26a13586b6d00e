/** Who sends, as the left side of an expectation says, at one host of several; and who sends inside a switch. */
import type { CheckedModel, Container, Endpoint, Subject } from '../model/model.ts';
import { meetsRules, runsOn } from '../model/placement.ts';
import { prefixContains } from '../net/prefix.ts';
import type { Station } from './journey.ts';
import { type Sender, sendersOf, type Universe } from './universe.ts';

/** Senders of a subject that this host is the first to see: itself, its containers, and the outside before it. */
export function sendersAt(
  policy: CheckedModel,
  station: Station,
  universe: Universe,
  subject: Subject,
): readonly Sender[] {
  return localSubjects(policy, station, subject)
    .flatMap((local) => sendersOf(universe, local))
    .filter(({ container }) => container === undefined || runsHere(policy, station, container.name));
}

function localSubjects(policy: CheckedModel, station: Station, subject: Subject): readonly Subject[] {
  const { model, host } = station;
  switch (subject.kind) {
    case 'any':
    case 'prefix':
      return [subject];
    case 'host':
      return subject.name === host.name ? model.hosts : [];
    case 'zone':
      return model.zones.filter(({ name }) => name === subject.name);
    case 'network':
      return model.networks.filter((network) => network === subject);
    case 'container':
      return runsHere(policy, station, subject.name)
        ? model.containers.filter(({ name }) => name === subject.name)
        : [];
  }
}

function runsHere(policy: CheckedModel, { host }: Station, name: string): boolean {
  const container = policy.containers.find((one) => one.name === name);
  return container !== undefined && runsOn(container, host);
}

/** A container's place on a switch network. */
export interface SegmentSender {
  readonly container: Container;
  readonly endpoint: Endpoint;
}

/** Senders of a subject on switch networks, where no host sees what they say to each other. */
export function segmentSendersOf(policy: CheckedModel, subject: Subject): readonly SegmentSender[] {
  const all = policy.containers.flatMap((container) =>
    container.endpoints
      .filter(({ network }) => !meetsRules(network))
      .map((endpoint): SegmentSender => ({ container, endpoint })),
  );
  switch (subject.kind) {
    case 'any':
      return all;
    case 'prefix':
      return all.filter(({ endpoint }) =>
        Object.values(endpoint.addresses).some((address) => prefixContains(subject.prefix, address)),
      );
    case 'network':
      return all.filter(({ endpoint }) => endpoint.network === subject);
    case 'container':
      return all.filter(({ container }) => container.name === subject.name);
    case 'host':
    case 'zone':
      return [];
  }
}
