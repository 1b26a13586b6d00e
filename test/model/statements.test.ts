import { describe, expect, test } from 'vitest';
import type { Service, Subject } from '../../src/model/model.ts';
import { formatAddress } from '../../src/net/address.ts';
import { formatPortRange } from '../../src/net/port.ts';
import { formatPrefix } from '../../src/net/prefix.ts';
import { modelOf, resolved } from './support.ts';

const base = [
  'host edge { }',
  'zone inet = any',
  'network front { subnet 10.0.0.0/24 }',
  'container web { attach front; expose 80/tcp }',
  'container db { attach front; expose 5432/tcp }',
  'container metrics { network container:web; expose 9090/tcp }',
  'container agent { network host }',
  'container job { network none }',
  'container helper { network container:agent }',
  '',
].join('\n');

function name(subject: Subject): string {
  if (subject.kind === 'any') return 'any';
  return subject.kind === 'prefix' ? formatPrefix(subject.prefix) : subject.name;
}

function serviceText(service: Service): string {
  switch (service.kind) {
    case 'any':
      return 'any';
    case 'protocol':
      return `${service.protocol}`;
    case 'ports':
      return `${formatPortRange(service.ports)}/${service.protocol}`;
    case 'icmp-type':
      return `${service.family} ${service.type}`;
  }
}

function sides(statement: string): string {
  const { access } = modelOf(`${base}${statement}\n`);
  return access.map(({ from, to }) => `${from.map(name).join(' ')} -> ${to.map(name).join(' ')}`).join('; ');
}

function services(list: string, declarations = ''): string[] {
  const { access } = modelOf(`${base}${declarations}allow inet -> web ${list}\n`);
  return access.flatMap((entry) => entry.services.map(serviceText));
}

describe('subjects', () => {
  for (const [statement, expected] of [
    ['allow web -> edge', 'web -> edge'],
    ['allow any, 10.9.0.0/16 -> 2001:db8::1', 'any 10.9.0.0/16 -> 2001:db8::1/128'],
    ['allow front -> inet', 'front -> inet'],
    ['allow metrics -> db', 'web -> db'],
    ['allow agent -> db', 'edge -> db'],
    ['allow helper -> job', 'edge -> job'],
    ['allow web, metrics, web, 10.9.0.1, 10.9.0.1 -> db', 'web 10.9.0.1/32 -> db'],
    ['group g = web, inner\ngroup inner = db, inet, web\nallow g -> inner', 'web db inet -> db inet web'],
    ['group g = web, db\nallow g, job -> inet', 'web db job -> inet'],
  ] as const)
    test(statement, () => expect(sides(statement)).toBe(expected));

  test('a group may be named before it is declared, and holds its members in the model', () => {
    const { groups } = modelOf(`${base}allow g -> db\ngroup g = metrics, web\n`);
    expect(groups.map((group) => [group.name, group.members.map(name)])).toEqual([['g', ['web']]]);
  });

  test('a circle of groups is one error', () => {
    const { diagnostics } = resolved(`${base}group a = b\ngroup b = c, web\ngroup c = a\nallow a -> db\n`);
    expect(diagnostics.map(({ code, message, related }) => [code, message, related.length])).toEqual([
      ['CTFW2008', 'the group `a` contains itself: a -> b -> c -> a', 2],
    ]);
  });

  test('a container in mode host cannot be placed where there are several hosts', () => {
    const { diagnostics, model } = resolved(
      'host a { }\nhost b { }\ncontainer x { network host }\nallow x -> a\ndeny x -> b\n',
    );
    expect(diagnostics.map(({ code }) => code)).toEqual(['CTFW2025']);
    expect(model.access).toEqual([]);
  });
});

describe('services', () => {
  for (const [list, expected] of [
    ['', ['any']],
    ['any', ['any']],
    ['22/tcp', ['22/6']],
    ['8000-8010/udp, 22/sctp', ['8000-8010/17', '22/132']],
    ['tcp', ['6']],
    ['icmp', ['1', '58']],
    ['icmp echo-request', ['ipv4 8', 'ipv6 128']],
    ['icmp packet-too-big', ['ipv6 2']],
    ['icmp source-quench', ['ipv4 4']],
    ['22/tcp, 22/tcp, tcp', ['22/6', '6']],
  ] as const)
    test(list === '' ? '(none)' : list, () => expect(services(list)).toEqual(expected));

  test('declared ones stand for what they hold', () => {
    expect(
      services('dns, web-ports', 'service dns = 53/udp, 53/tcp\nservice web-ports = 80/tcp, 443/tcp, dns\n'),
    ).toEqual(['53/17', '53/6', '80/6', '443/6']);
  });

  test('a circle of services is one error', () => {
    const { diagnostics } = resolved('service a = b\nservice b = a, 22/tcp\n');
    expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ['CTFW2008', 'the service `a` contains itself: a -> b -> a'],
    ]);
  });

  test('an unknown ICMP type gets a suggestion', () => {
    const { diagnostics } = resolved(`${base}allow inet -> web icmp echo-requst\n`);
    expect(diagnostics.map(({ code, help }) => [code, help])).toEqual([['CTFW2007', 'did you mean `echo-request`?']]);
  });
});

describe('allow and deny', () => {
  test('keep what they do', () => {
    const { access } = modelOf(`${base}allow web -> edge 22/tcp\ndeny inet -> web 25/tcp log "smtp" reject\n`);
    expect(access.map(({ action, reject, log }) => [action, reject, log])).toEqual([
      ['allow', false, undefined],
      ['deny', true, 'smtp'],
    ]);
  });
});

describe('links', () => {
  test('keep their alias', () => {
    const [link] = modelOf(`${base}link web -> db as database\n`).links;
    expect([link?.from.name, link?.to.name, link?.alias]).toEqual(['web', 'db', 'database']);
  });

  test('a container that shares a network opens from its addresses, and is reached there on its own ports', () => {
    const { links, containers } = modelOf(`${base}link metrics -> db\nlink db -> metrics\n`);
    expect(links.map(({ from, to }) => [from.name, to.name, to.exposed.map(({ ports }) => ports.first)])).toEqual([
      ['web', 'db', [5432]],
      ['db', 'web', [9090]],
    ]);
    expect(links[1]?.to.endpoints).toBe(containers[0]?.endpoints);
  });
});

describe('expectations', () => {
  test('outcomes are resolved', () => {
    const { expectations } = modelOf(
      `${base}expect inet -> edge 8080/tcp reaches metrics 80/tcp\nexpect web -> inet leaves as 203.0.113.10\nexpect inet -> db blocked\n`,
    );
    const [reaches, leaves, blocked] = expectations.map(({ outcome }) => outcome);
    expect(reaches).toMatchObject({
      kind: 'reaches',
      container: { name: 'web' },
      service: { protocol: 6, ports: { first: 80, last: 80 } },
    });
    expect(leaves?.kind === 'leaves-as' && formatAddress(leaves.address)).toBe('203.0.113.10');
    expect(blocked).toEqual({ kind: 'blocked' });
    expect(expectations[2]?.services).toEqual([{ kind: 'any' }]);
  });

  test('only a container can be reached', () => {
    expect(
      resolved(`${base}expect inet -> edge 80/tcp reaches front 80/tcp\n`).diagnostics.map(({ code }) => code),
    ).toEqual(['CTFW2004']);
  });
});

describe('connections', () => {
  test('join hosts and containers', () => {
    const { connections } = modelOf(`${base}connect job 10.1.1.1 <-> edge 10.1.1.2\n`);
    expect(
      connections.map(({ left, right }) => [left.subject.name, formatAddress(left.address), right.subject.name]),
    ).toEqual([['job', '10.1.1.1', 'edge']]);
  });

  test('do not join networks', () => {
    expect(resolved(`${base}connect job 10.1.1.1 <-> front 10.1.1.2\n`).diagnostics.map(({ code }) => code)).toEqual([
      'CTFW2004',
    ]);
  });
});
