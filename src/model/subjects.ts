/** Either side of `->`: names become what they mean, groups their members, shared containers the one whose network they use. */
import { networkWithoutHost } from '../diagnostics/catalogue/names.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import { addressKey } from '../net/address.ts';
import type { GroupStatement, NamedSubject, Subject as WrittenSubject } from '../syntax/tree.ts';
import type { DeclaredKind } from './declarations.ts';
import { type FlattenItem, flatten } from './flatten.ts';
import type { Lookup } from './lookup.ts';
import type { Container, Group, Host, Network, Subject, Zone } from './model.ts';
import { reportCircle } from './services.ts';

type OnDiagnostic = (diagnostic: Diagnostic) => void;

/** What names can mean, by name. */
export interface Nodes {
  readonly hosts: ReadonlyMap<string, Host>;
  readonly zones: ReadonlyMap<string, Zone>;
  readonly networks: ReadonlyMap<string, Network>;
  readonly containers: ReadonlyMap<string, Container>;
}

export interface SubjectResolver {
  /** One side of a statement, each subject once; what has an error is left out. */
  readonly side: (written: readonly WrittenSubject[]) => readonly Subject[];
  readonly groups: readonly Group[];
  /** The container or host whose network namespace a container uses: itself, unless its mode is `shared` or `host`. */
  readonly namespaceOf: (container: Container) => Container | Host | undefined;
}

const anySubject: Subject = { kind: 'any' };
const subjectKinds: readonly DeclaredKind[] = ['host', 'network', 'container', 'zone', 'group'];

export function subjectResolver(
  nodes: Nodes,
  groups: readonly GroupStatement[],
  lookup: Lookup,
  onDiagnostic: OnDiagnostic,
): SubjectResolver {
  const unplaced = new Set<string>();

  function namespaceOf(container: Container): Container | Host | undefined {
    const end = container.mode.kind === 'shared' ? nodes.containers.get(container.mode.container) : container;
    if (end?.mode.kind !== 'host') return end;
    const [host, other] = nodes.hosts.values();
    if (other === undefined) return host;
    if (end.host !== undefined) return nodes.hosts.get(end.host);
    if (!unplaced.has(end.name))
      onDiagnostic(
        report(networkWithoutHost, end.span, `\`${end.name}\` is in mode \`host\`, but the policy has several hosts`, {
          help: `say where it runs: \`container ${end.name} on ${host?.name} { network host }\``,
        }),
      );
    unplaced.add(end.name);
    return undefined;
  }

  /** What a declared name that is no group means. */
  function meaning(kind: Exclude<DeclaredKind, 'group'>, name: string): Subject | undefined {
    switch (kind) {
      case 'host':
        return nodes.hosts.get(name);
      case 'zone':
        return nodes.zones.get(name);
      case 'network':
        return nodes.networks.get(name);
      case 'container': {
        const container = nodes.containers.get(name);
        return container === undefined ? undefined : namespaceOf(container);
      }
    }
  }

  function item(written: WrittenSubject): FlattenItem<Subject>[] {
    if (written.kind === 'any') return [{ leaf: anySubject }];
    if (written.kind === 'literal') return [{ leaf: { kind: 'prefix', prefix: written.prefix } }];
    const found = findSubject(written);
    if (found === undefined) return [];
    if (found.kind === 'group') return [{ reference: found.name.text }];
    const leaf = meaning(found.kind, found.name.text);
    return leaf === undefined ? [] : [{ leaf }];
  }

  function findSubject(written: NamedSubject): ReturnType<typeof lookup.subject> {
    return lookup.subject({ text: written.name, span: written.span }, subjectKinds, 'a subject is expected here');
  }

  const declared = new Map(groups.map((group) => [group.name.text, group]));
  const { members, circles } = flatten(
    new Map(groups.map((group) => [group.name.text, group.members.flatMap(item)])),
    subjectKey,
  );
  for (const circle of circles) reportCircle('group', circle, declared, onDiagnostic);

  return {
    namespaceOf,
    groups: groups.map((group) => ({
      name: group.name.text,
      members: members.get(group.name.text) ?? [],
      span: group.name.span,
    })),
    side(written) {
      const items = written.flatMap(item);
      const [first, second] = items;
      if (first !== undefined && second === undefined && 'reference' in first)
        return members.get(first.reference) ?? [];
      const result = new Map<unknown, Subject>();
      for (const entry of items) {
        const subjects = 'leaf' in entry ? [entry.leaf] : (members.get(entry.reference) ?? []);
        for (const subject of subjects) result.set(subjectKey(subject), subject);
      }
      return [...result.values()];
    },
  };
}

/** A key that is equal exactly for equal subjects: named ones are their own key. */
export function subjectKey(subject: Subject): unknown {
  if (subject.kind === 'any') return 'any';
  if (subject.kind === 'prefix') return `${addressKey(subject.prefix.address)}/${subject.prefix.length}`;
  return subject;
}
