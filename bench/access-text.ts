/** Allow and deny statements for generated policies, as many as are wanted, spread over their containers. */
import type { PublishedContainer } from './policy-text.ts';

/** Strides that meet every container before one comes again; no container is sent to itself. */
const [stride, distance] = [7919, 104_729];

/** Four allows and three denies in turns: between containers, from zones and networks, to the outside. */
export function accessStatements(
  containers: readonly PublishedContainer[],
  networks: number,
  count: number,
): readonly string[] {
  const size = containers.length;
  return Array.from({ length: count }, (_, index) => {
    const from = (index * stride) % size;
    const one = `c${from}`;
    const other = `c${(from + 1 + ((index * distance) % (size - 1))) % size}`;
    switch (index % 7) {
      case 0:
        return `allow ${one} -> ${other} ${containers[from]?.containerPort ?? 0}/tcp`;
      case 1:
        return `allow ${one} -> ${other} 5432/tcp, 6000-6010/udp`;
      case 2:
        return `allow office -> ${one} web-ports`;
      case 3:
        return `allow net${index % networks} -> ${one} icmp`;
      case 4:
        return `deny ${one} -> internet 25/tcp log "smtp"`;
      case 5:
        return `deny ${one} -> office ${2000 + (index % 1000)}/tcp`;
      default:
        return `deny net${index % networks} -> 203.0.113.${index % 256}/32 ${3000 + (index % 1000)}/tcp reject`;
    }
  });
}
