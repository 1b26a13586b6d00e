/** Names of an engine as names of a policy, where containers and networks share one name space. */
import { renamed } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { Name } from '../../syntax/tree.ts';
import type { Reading } from './reading.ts';
import { shorten } from './shorten.ts';

export interface PolicyNames {
  /** The name of each container, by the name that the file has for it. */
  readonly containers: ReadonlyMap<string, string>;
  /** The name of each network, by the name that the file has for it. */
  readonly networks: ReadonlyMap<string, string>;
}

/** The longest name of the language; longer ones are cut. */
const maximumNameLength = 128;

/** Whether a policy can declare a container or network by this name. `any` is a subject of its own. */
export function isPolicyName(text: string): boolean {
  return text.length <= maximumNameLength && /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(text) && text !== 'any';
}

/** The nearest text that is a policy name, with room for a suffix. */
export function toPolicyName(text: string): string {
  const allowed = text.replace(/[^A-Za-z0-9_.-]/g, '-').slice(0, maximumNameLength - 16);
  if (allowed === 'any') return 'any-1';
  return /^[A-Za-z_]/.test(allowed) ? allowed : `n${allowed}`;
}

/**
 * Gives every container and network its name. What can stay as it is stays; containers go before networks, a network that is called
 * like a container gets the suffix `-net`, and further clashes a number. Each renaming is reported; `word` is what the file calls a container.
 */
export function assignNames(
  reading: Reading,
  containers: readonly Name[],
  networks: readonly Name[],
  word: 'service' | 'container',
): PolicyNames {
  const taken = new Set<string>([...containers.map(({ text }) => text).filter(isPolicyName)]);
  const counters = new Map<string, number>();
  const free = (wanted: string): string => {
    if (!taken.has(wanted)) return wanted;
    for (let count = counters.get(wanted) ?? 2; ; count++) {
      const candidate = `${wanted}-${count}`;
      if (taken.has(candidate)) continue;
      counters.set(wanted, count + 1);
      return candidate;
    }
  };
  const assign = (name: Name, wanted: string, what: string): string => {
    const given = free(wanted);
    taken.add(given);
    if (given !== name.text)
      reading.add(
        report(renamed, name.span, `The ${what} \`${shorten(name.text)}\` is called \`${given}\` in the policy.`),
      );
    return given;
  };
  const containerNames = new Map<string, string>();
  for (const name of containers)
    containerNames.set(name.text, isPolicyName(name.text) ? name.text : assign(name, toPolicyName(name.text), word));
  for (const { text } of networks) if (isPolicyName(text) && !taken.has(text)) taken.add(text);
  const networkNames = new Map<string, string>();
  const usedByContainer = new Set(containerNames.values());
  for (const name of networks) {
    if (isPolicyName(name.text) && !usedByContainer.has(name.text)) networkNames.set(name.text, name.text);
    else {
      const wanted = toPolicyName(name.text);
      networkNames.set(name.text, assign(name, usedByContainer.has(wanted) ? `${wanted}-net` : wanted, 'network'));
    }
  }
  return { containers: containerNames, networks: networkNames };
}
