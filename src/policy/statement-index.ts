/** Finds the statements that may cover a source without looking at all of them. */
import { isLan } from '../model/lan.ts';
import type { Access, Subject } from '../model/model.ts';
import type { Address } from '../net/address.ts';
import type { Place } from './atlas.ts';
import { coversSource } from './subject.ts';

export interface StatementIndex {
  /** Statements whose left side covers the source, in file order. */
  readonly candidates: (action: 'allow' | 'deny', address: Address, place: Place) => readonly Access[];
}

interface Entry {
  readonly access: Access;
  readonly order: number;
}

export function indexStatements(statements: readonly Access[]): StatementIndex {
  const byAction = {
    allow: indexOne(
      statements.filter(({ action }) => action === 'allow'),
      'allow',
    ),
    deny: indexOne(
      statements.filter(({ action }) => action === 'deny'),
      'deny',
    ),
  };
  return { candidates: (action, address, place) => byAction[action](address, place) };
}

/** Containers and networks are found by name; the few other subjects are tried one by one, networks on the LAN too. */
function indexOne(
  statements: readonly Access[],
  action: Access['action'],
): (address: Address, place: Place) => readonly Access[] {
  const named = new Map<string, Entry[]>();
  const others: { readonly subject: Subject; readonly entry: Entry }[] = [];
  for (const [order, access] of statements.entries()) {
    for (const subject of access.from) {
      const entry = { access, order };
      const isNamed = subject.kind === 'container' || (subject.kind === 'network' && !isLan(subject));
      if (!isNamed) others.push({ subject, entry });
      else {
        const list = named.get(`${subject.kind} ${subject.name}`);
        if (list === undefined) named.set(`${subject.kind} ${subject.name}`, [entry]);
        else list.push(entry);
      }
    }
  }
  return (address, place) => {
    const found = [...namesOf(place).flatMap((name) => named.get(name) ?? [])];
    for (const { subject, entry } of others) if (coversSource(subject, address, place, action)) found.push(entry);
    return [...new Set(found.sort((left, right) => left.order - right.order).map(({ access }) => access))];
  };
}

function namesOf(place: Place): readonly string[] {
  if (place.kind === 'endpoint') return [`container ${place.endpoint.container}`, `network ${place.network.name}`];
  return place.kind === 'network' ? [`network ${place.network.name}`] : [];
}
