/** What a proof has nothing to say about, network by network, in words for the head of the emitted rules. */
import type { Meaning } from '../../policy/decide.ts';

export function leftOpen({ atlas }: Meaning): readonly string[] {
  const { networks, containersOnWire, view, host } = atlas;
  const switches = view.interfaces.filter(({ kind }) => kind === 'switch').map(({ name }) => name);
  const of = (kind: 'macvlan' | 'physical'): readonly string[] =>
    networks.filter(({ networkKind }) => networkKind === kind).map(({ name }) => name);
  const unseen = [
    ...[...containersOnWire.keys()].map(({ name }) => `what is sent over the wire ${name}`),
    ...switches.map((name) => `what ${name} switches`),
    ...of('macvlan').map((name) => `what containers of ${name} and their LAN send each other`),
    ...of('physical').map((name) => `what machines of the LAN of ${name} send each other`),
  ];
  const open = of('physical').flatMap((name) => [
    `what a container of ${name} sends to the outside with a source from beyond its LAN`,
    `without br_netfilter, addresses of the host and of loopback as sources on the bridge of ${name}`,
  ]);
  const back = host.transit
    ? []
    : [...of('physical'), ...of('macvlan')].map(
        (name) => `what the host passes on from the LAN of ${name} to the same`,
      );
  return [
    ...(unseen.length === 0 ? [] : [`nothing to judge, as no hook of the host meets it: ${unseen.join('; ')}`]),
    ...(open.length + back.length === 0 ? [] : [`left open: ${[...open, ...back].join('; ')}`]),
  ];
}
