/** Inspected objects in, what tests compare out: policy statements on one line each, and diagnostics by their codes. */
import { createHash } from 'node:crypto';
import { importDocker } from '../../../src/import/docker/import-docker.ts';
import { printPolicy } from '../../../src/syntax/print.ts';
import { statementLines } from '../compose/support.ts';

export interface Imported {
  /** The statements of the policy, one a line; undefined when there is no policy. */
  readonly policy: readonly string[] | undefined;
  readonly codes: readonly string[];
  readonly messages: readonly string[];
}

export function importObjects(...objects: readonly unknown[]): Imported {
  const result = importDocker({ name: 'inspect.json', text: JSON.stringify(objects, undefined, 1) });
  return {
    policy: result.file === undefined ? undefined : statementLines(printPolicy(result.file)),
    codes: result.diagnostics.map(({ code }) => code),
    messages: result.diagnostics.map(({ message }) => message),
  };
}

/** A container; what is given replaces what is here. */
export function container(name: string, parts: Readonly<Record<string, object>> = {}): object {
  return {
    Id: idOf(`container ${name}`),
    Name: `/${name}`,
    State: { Status: 'running', ...parts.State },
    HostConfig: { NetworkMode: 'bridge', PortBindings: {}, ...parts.HostConfig },
    Config: { Hostname: idOf(`container ${name}`).slice(0, 12), ...parts.Config },
    NetworkSettings: { Ports: {}, Networks: {}, ...parts.NetworkSettings },
  };
}

/** A container on the network `front`, with the ports that the engine has bound. */
export function published(ports: object, addresses: object = { IPAddress: '10.1.0.2' }): object {
  return container('web', { NetworkSettings: { Ports: ports, Networks: { front: addresses } } });
}

export function network(name: string, parts: object = {}, subnets: readonly string[] = ['10.1.0.0/24']): object {
  return {
    Name: name,
    Id: idOf(`network ${name}`),
    Driver: 'bridge',
    EnableIPv6: subnets.some((subnet) => subnet.includes(':')),
    IPAM: { Driver: 'default', Options: null, Config: subnets.map((Subnet) => ({ Subnet })) },
    Internal: false,
    Options: {},
    ...parts,
  };
}

/** 64 hexadecimal digits that follow from a text. */
function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The items of the container `web`. */
export function itemsOfWeb(imported: Imported): string | undefined {
  const line = imported.policy?.find((statement) => statement.startsWith('container web'));
  return line?.replace(/^container web( \{ )?/, '').replace(/ \}$/, '');
}
