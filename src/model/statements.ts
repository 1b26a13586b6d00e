/** Statements between subjects: links, allow and deny, expectations, connections. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { port } from '../net/port.ts';
import { portProtocolNumber } from '../net/protocol.ts';
import type {
  AccessStatement,
  ConnectStatement,
  ExpectedOutcome,
  ExpectStatement,
  LinkStatement,
  Name,
} from '../syntax/tree.ts';
import type { Lookup } from './lookup.ts';
import type { Access, Connection, Container, Expectation, Host, Link, Outcome } from './model.ts';
import type { ServiceResolver } from './services.ts';
import type { Nodes, SubjectResolver } from './subjects.ts';

export interface StatementContext {
  readonly nodes: Nodes;
  readonly lookup: Lookup;
  readonly subjects: SubjectResolver;
  readonly services: ServiceResolver;
  readonly onDiagnostic: (diagnostic: Diagnostic) => void;
}

/** Undefined when a side or all services are unknown. */
export function resolveAccess(statement: AccessStatement, context: StatementContext): Access | undefined {
  const from = context.subjects.side(statement.from);
  const to = context.subjects.side(statement.to);
  const services = context.services(statement.services);
  if (from.length === 0 || to.length === 0 || services.length === 0) return undefined;
  return {
    action: statement.kind,
    from,
    to,
    services,
    reject: statement.reject !== undefined,
    log: statement.log?.value,
    span: statement.span,
  };
}

/**
 * A container that shares another's network stands for that one: it opens connections from its addresses, and as a target
 * is reached there, on the ports that it exposes itself.
 */
export function resolveLink(statement: LinkStatement, context: StatementContext): Link | undefined {
  const from = findContainer(statement.from, 'a link joins two containers', context);
  const to = findContainer(statement.to, 'a link joins two containers', context);
  if (from === undefined || to === undefined) return undefined;
  const owner = networkOwner(to, context);
  return {
    from: networkOwner(from, context),
    to: owner === to ? to : { ...owner, exposed: to.exposed },
    alias: statement.alias?.text,
    span: statement.span,
  };
}

/** The container whose addresses a container has: itself, unless its mode is `shared`. */
function networkOwner(container: Container, { nodes }: StatementContext): Container {
  return container.mode.kind === 'shared' ? (nodes.containers.get(container.mode.container) ?? container) : container;
}

function findContainer(name: Name, purpose: string, { lookup, nodes }: StatementContext): Container | undefined {
  const found = lookup.subject(name, ['container'], purpose);
  return found && nodes.containers.get(found.name.text);
}

export function resolveExpectation(statement: ExpectStatement, context: StatementContext): Expectation | undefined {
  const from = context.subjects.side(statement.from);
  const to = context.subjects.side(statement.to);
  const services = context.services(statement.services);
  const outcome = resolveOutcome(statement.outcome, context);
  if (from.length === 0 || to.length === 0 || services.length === 0 || outcome === undefined) return undefined;
  return { from, to, services, outcome, span: statement.span };
}

function resolveOutcome(outcome: ExpectedOutcome, context: StatementContext): Outcome | undefined {
  switch (outcome.kind) {
    case 'leaves-as':
      return { kind: 'leaves-as', address: outcome.address.value };
    case 'reaches': {
      const container = findContainer(outcome.container, 'only a container can be reached', context);
      if (container === undefined) return undefined;
      const { service } = outcome;
      return {
        kind: 'reaches',
        container: networkOwner(container, context),
        service: service && {
          kind: 'ports',
          protocol: portProtocolNumber(service.protocol),
          ports: service.ports ?? { first: port(0), last: port(65535) },
        },
      };
    }
    default:
      return { kind: outcome.kind };
  }
}

export function resolveConnection(statement: ConnectStatement, context: StatementContext): Connection | undefined {
  const left = findEnd(statement.left.name, context);
  const right = findEnd(statement.right.name, context);
  if (left === undefined || right === undefined) return undefined;
  return {
    left: { subject: left, address: statement.left.address.value },
    right: { subject: right, address: statement.right.address.value },
    span: statement.span,
  };
}

function findEnd(name: Name, { lookup, nodes }: StatementContext): Host | Container | undefined {
  const found = lookup.subject(name, ['host', 'container'], '`connect` joins containers and hosts');
  if (found === undefined) return undefined;
  return found.kind === 'host' ? nodes.hosts.get(found.name.text) : nodes.containers.get(found.name.text);
}
