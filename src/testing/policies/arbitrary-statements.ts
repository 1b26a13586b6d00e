/** Random containers, and what random policies say about them: publications, links, allows and denies. */
import type { Choices } from './choices.ts';

/** A network as containers see it. */
export interface Net {
  readonly name: string;
  readonly internal: boolean;
  /** The LAN itself, or a switch: nothing is published there. */
  readonly isLan: boolean;
  /** Whether it has addresses of IPv6 alone: no IPv4 address can be published there. */
  readonly onlyIpv6?: boolean;
  readonly text: string;
}

/** A container, ready to be written. */
export interface Box {
  readonly name: string;
  readonly text: string;
  readonly networks: readonly Net[];
  readonly exposes: boolean;
}

/** What publications may speak of. */
export interface Surroundings {
  /** An address of the host. */
  readonly address: string;
  readonly subjects: readonly string[];
  /** The host that the container runs on, where that has to be said. */
  readonly on?: string;
}

export function container(
  choices: Choices,
  index: number,
  networks: readonly Net[],
  { address, subjects, on }: Surroundings,
): Box {
  const some = choices.some(networks, 2);
  const attached = [...some.filter(({ isLan }) => !isLan), ...some.filter(({ isLan }) => isLan)];
  const exposes = choices.chance(50);
  const lines = [
    ...attached.map(({ name }) => `  attach ${name}`),
    ...(exposes
      ? [`  expose ${choices.one(['80/tcp', '5432/tcp, 53/udp', '7000-7030/tcp', '80/tcp, 132/sctp'])}`]
      : []),
  ];
  if (attached.some(({ internal, isLan }) => !internal && !isLan)) {
    const published = attached.every(({ onlyIpv6 }) => onlyIpv6 !== true) ? address : undefined;
    for (let number = choices.below(3); number > 0; number--)
      lines.push(`  publish ${publication(choices, index * 10 + number, published, subjects)}`);
  }
  return {
    name: `box${index}`,
    text: `container box${index}${on === undefined ? '' : ` on ${on}`} {\n${lines.join('\n')}\n}`,
    networks: attached,
    exposes,
  };
}

/** `address`: an IPv4 address of the host, where the container can have one published. */
function publication(choices: Choices, slot: number, address: string | undefined, subjects: readonly string[]): string {
  const port = 8000 + slot * 20;
  const form = choices.one([
    `${port}:80`,
    `${port}:80`,
    `${port}:53/udp`,
    `${port}-${port + 5}:9000-9005`,
    ...(address === undefined ? [] : [`${address}:${port}:443`, `127.0.0.1:${port}:90`, `0.0.0.0:${port}:85`]),
    '82',
  ]);
  const from = choices.chance(35) ? ` from ${choices.some(subjects, 2).join(', ')}` : '';
  return form + from;
}

export function links(choices: Choices, containers: readonly Box[]): readonly string[] {
  const pairs = containers.flatMap((from) =>
    containers
      .filter((to) => to !== from && to.exposes && to.networks.some((one) => from.networks.includes(one)))
      .map((to) => `link ${from.name} -> ${to.name}`),
  );
  return pairs.length === 0
    ? []
    : Array.from({ length: choices.below(3) }, () => choices.one(pairs)).filter(
        (pair, index, all) => all.indexOf(pair) === index,
      );
}

export function access(choices: Choices, subjects: readonly string[]): string {
  const allow = choices.chance(55);
  const services = choices.one([
    '',
    '',
    ' 22/tcp',
    ' 80/tcp, 53/udp',
    ' 7000-7010/tcp',
    ' 7005-9003/tcp',
    ' icmp',
    ' icmp echo-request',
    ' udp',
    ' 8000-8100/tcp',
    ' any',
  ]);
  const rest = allow ? '' : choices.one(['', '', ' reject', ' log "x"', ' reject log "y"']);
  return `${allow ? 'allow' : 'deny'} ${choices.some(subjects, 2).join(', ')} -> ${choices.some(subjects, 2).join(', ')}${services}${rest}`;
}
