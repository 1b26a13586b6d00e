/** What a policy declares under which name, over all of its files: the two name spaces, and the statements that declare nothing. */
import { duplicateName } from '../diagnostics/catalogue/names.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import type {
  AccessStatement,
  ConnectStatement,
  ContainerBlock,
  ExpectStatement,
  GroupStatement,
  HostBlock,
  LinkStatement,
  NetworkBlock,
  PolicyFile,
  ServiceStatement,
  ZoneStatement,
} from '../syntax/tree.ts';

/** Whatever shares the name space of subjects. */
export type Declaration = HostBlock | NetworkBlock | ContainerBlock | ZoneStatement | GroupStatement;

export type DeclaredKind = Declaration['kind'];

export interface Declarations {
  readonly subjects: ReadonlyMap<string, Declaration>;
  readonly services: ReadonlyMap<string, ServiceStatement>;
  readonly hosts: readonly HostBlock[];
  readonly zones: readonly ZoneStatement[];
  readonly networks: readonly NetworkBlock[];
  readonly containers: readonly ContainerBlock[];
  readonly groups: readonly GroupStatement[];
  readonly links: readonly LinkStatement[];
  readonly access: readonly AccessStatement[];
  readonly expectations: readonly ExpectStatement[];
  readonly connections: readonly ConnectStatement[];
}

/**
 * Collects the statements of all files, in order. A name declared twice is an error, and only its first declaration is
 * kept: what follows from the second one would be noise until the name is mended.
 */
export function collectDeclarations(
  files: readonly PolicyFile[],
  onDiagnostic: (diagnostic: Diagnostic) => void,
): Declarations {
  const subjects = new Map<string, Declaration>();
  const services = new Map<string, ServiceStatement>();
  const hosts: HostBlock[] = [];
  const zones: ZoneStatement[] = [];
  const networks: NetworkBlock[] = [];
  const containers: ContainerBlock[] = [];
  const groups: GroupStatement[] = [];
  const links: LinkStatement[] = [];
  const access: AccessStatement[] = [];
  const expectations: ExpectStatement[] = [];
  const connections: ConnectStatement[] = [];

  function declare<T extends Declaration | ServiceStatement>(space: Map<string, T>, statement: T): boolean {
    const { text, span } = statement.name;
    const first = space.get(text);
    if (first !== undefined) {
      const second = first.kind === statement.kind ? 'again' : `as a ${statement.kind}`;
      onDiagnostic(
        report(
          duplicateName,
          span,
          `\`${text}\` is already the name of a ${first.kind}, and is declared here ${second}`,
          {
            related: [{ span: first.name.span, message: 'first declared here' }],
            help: 'rename one of the two',
          },
        ),
      );
      return false;
    }
    space.set(text, statement);
    return true;
  }

  for (const file of files) {
    for (const statement of file.statements) {
      switch (statement.kind) {
        case 'host':
          if (declare(subjects, statement)) hosts.push(statement);
          break;
        case 'zone':
          if (declare(subjects, statement)) zones.push(statement);
          break;
        case 'network':
          if (declare(subjects, statement)) networks.push(statement);
          break;
        case 'container':
          if (declare(subjects, statement)) containers.push(statement);
          break;
        case 'group':
          if (declare(subjects, statement)) groups.push(statement);
          break;
        case 'service':
          declare(services, statement);
          break;
        case 'link':
          links.push(statement);
          break;
        case 'allow':
        case 'deny':
          access.push(statement);
          break;
        case 'expect':
          expectations.push(statement);
          break;
        case 'connect':
          connections.push(statement);
          break;
        case 'include':
          break;
        default:
          statement satisfies never;
      }
    }
  }
  return { subjects, services, hosts, zones, networks, containers, groups, links, access, expectations, connections };
}
