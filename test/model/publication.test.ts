import { describe, expect, test } from 'vitest';
import { emptyLock, type Lock } from '../../src/lock/lock.ts';
import type { Publication } from '../../src/model/model.ts';
import { formatAddress, parseAddress } from '../../src/net/address.ts';
import { formatPortRange, port } from '../../src/net/port.ts';
import type { PortProtocol } from '../../src/net/protocol.ts';
import { containerNamed, resolved } from './support.ts';

const networks = [
  'host edge { auto-ports 49000-49009 }',
  'network front { subnet 172.17.0.0/16, fd00:17::/64 }',
  'network four { subnet 172.18.0.0/16 }',
  'network six { subnet fd00:19::/64 }',
  'network back { subnet 172.20.0.0/16; internal }',
  '',
].join('\n');

function show({ target, listener, protocol, hostPorts, containerPorts }: Publication): string {
  const where =
    listener.kind === 'all'
      ? listener.families.map((family) => family.slice(2)).join('+')
      : formatAddress(listener.address);
  return `${where} ${formatPortRange(hostPorts)} -> ${target.network.name} ${formatPortRange(containerPorts)}/${protocol}`;
}

/** The publications of the containers `web` and `db`. */
function published(body: string, lock?: Lock): string[] {
  const { model, diagnostics } = resolved(networks + body, lock);
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  return model.containers.flatMap(({ publications }) => publications.map(show));
}

function codes(body: string): string[] {
  return resolved(networks + body).diagnostics.map(({ code }) => code);
}

describe('forms', () => {
  for (const [form, expected] of [
    ['8080:80', 'v4+v6 8080 -> front 80/tcp'],
    ['8080:80/udp', 'v4+v6 8080 -> front 80/udp'],
    ['192.168.1.5:8080:80', '192.168.1.5 8080 -> front 80/tcp'],
    ['0.0.0.0:8080:80', 'v4 8080 -> front 80/tcp'],
    ['[::]:8080:80', 'v6 8080 -> front 80/tcp'],
    ['[2001:db8::1]:8080:80/sctp', '2001:db8::1 8080 -> front 80/sctp'],
    ['8000-8010:9000-9010', 'v4+v6 8000-8010 -> front 9000-9010/tcp'],
    ['80', 'v4+v6 49000 -> front 80/tcp'],
    ['192.168.1.5::80', '192.168.1.5 49000 -> front 80/tcp'],
  ] as const)
    test(form, () => expect(published(`container web { attach front; publish ${form} }\n`)).toEqual([expected]));

  test('a range without host ports is one publication a port', () => {
    expect(published('container web { attach four; publish 80-82 }\n')).toEqual([
      'v4 49000 -> four 80/tcp',
      'v4 49001 -> four 81/tcp',
      'v4 49002 -> four 82/tcp',
    ]);
  });

  test('without address it answers on the families that the target has', () => {
    expect(published('container web { attach six; publish 8080:80 }\n')).toEqual(['v6 8080 -> six 80/tcp']);
  });

  test('the target is the first attached network that is not internal', () => {
    expect(published('container web { attach back; attach four; attach front; publish 8080:80 }\n')).toEqual([
      'v4 8080 -> four 80/tcp',
    ]);
  });

  test('from keeps its subjects', () => {
    const { model } = resolved(
      `${networks}zone office = 10.0.0.0/8\ncontainer web { attach front; publish 8080:80 from office, edge }\n`,
    );
    const [publication] = containerNamed(model, 'web').publications;
    expect(publication?.from?.map((subject) => ('name' in subject ? subject.name : subject.kind))).toEqual([
      'office',
      'edge',
    ]);
  });

  test('two containers may serve each other alone', () => {
    const { model } = resolved(
      `${networks}container a { attach front; publish 81:80 from b }\ncontainer b { attach front; publish 82:80 from a }\n`,
    );
    const [a, b] = model.containers;
    expect(a?.publications[0]?.from).toEqual([b]);
    expect(b?.publications[0]?.from).toEqual([a]);
  });
});

describe('publish all', () => {
  test('takes the exposed ports in the order written', () => {
    expect(published('container web { attach four; expose 443/tcp, 80/tcp, 53/udp; publish all }\n')).toEqual([
      'v4 49000 -> four 443/tcp',
      'v4 49001 -> four 80/tcp',
      'v4 49000 -> four 53/udp',
    ]);
  });

  test('leaves out what the container publishes otherwise, as Docker does', () => {
    expect(published('container web { attach four; expose 80-82/tcp; publish all; publish 8081:81 }\n')).toEqual([
      'v4 49000 -> four 80/tcp',
      'v4 49001 -> four 82/tcp',
      'v4 8081 -> four 81/tcp',
    ]);
  });

  test('is told when there is nothing', () => {
    expect(codes('container web { attach four; publish all }\n')).toEqual(['CTFW2024']);
    expect(codes('container web { attach four; expose 80; publish 8080:80; publish all }\n')).toEqual(['CTFW2024']);
  });
});

describe('free host ports', () => {
  const locked = (
    container: string,
    listen: string | undefined,
    containerPort: number,
    hostPort: number,
    protocol: PortProtocol = 'tcp',
  ): Lock => ({
    ...emptyLock,
    ports: [
      {
        container,
        listen: listen === undefined ? undefined : parseAddress(listen),
        protocol,
        containerPort: port(containerPort),
        hostPort: port(hostPort),
      },
    ],
  });

  test('are taken lowest first in file order, around those written anywhere', () => {
    expect(
      published(
        'container web { attach four; publish 80, 81 }\ncontainer db { attach four; publish 49000:1, 10.0.0.1:49002:2, 82 }\n',
      ),
    ).toEqual([
      'v4 49001 -> four 80/tcp',
      'v4 49003 -> four 81/tcp',
      'v4 49000 -> four 1/tcp',
      '10.0.0.1 49002 -> four 2/tcp',
      'v4 49004 -> four 82/tcp',
    ]);
  });

  test('are kept by the lock', () => {
    expect(published('container web { attach four; publish 79, 80 }\n', locked('web', undefined, 80, 49000))).toEqual([
      'v4 49001 -> four 79/tcp',
      'v4 49000 -> four 80/tcp',
    ]);
  });

  for (const [why, lock] of [
    ['is outside of auto-ports', locked('web', undefined, 80, 50000)],
    ['is for another address', locked('web', '10.0.0.1', 80, 49005)],
    ['is for another protocol', locked('web', undefined, 80, 49005, 'udp')],
    ['is for another container', locked('other', undefined, 80, 49005)],
    ['is taken explicitly', locked('web', undefined, 80, 49007)],
  ] as const)
    test(`a lock entry that ${why} does not count`, () => {
      const text = 'container web { attach four; publish 80 }\ncontainer db { attach four; publish 49007:1 }\n';
      expect(published(text, lock)[0]).toBe('v4 49000 -> four 80/tcp');
    });

  test('are locked by the address as written', () => {
    const { lock } = resolved(`${networks}container web { attach four; publish 10.0.0.1::80, 0.0.0.0::81, 82 }\n`);
    expect(
      lock.ports.map(({ listen, containerPort, hostPort }) => [
        listen && formatAddress(listen),
        containerPort,
        hostPort,
      ]),
    ).toEqual([
      ['10.0.0.1', 80, 49000],
      ['0.0.0.0', 81, 49001],
      [undefined, 82, 49002],
    ]);
  });

  test('that run out are one error', () => {
    const { diagnostics, model } = resolved(`${networks}container web { attach four; publish 80-95 }\n`);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'no host port of 49000-49009 is left for 80-95/tcp of `web`',
    ]);
    expect(containerNamed(model, 'web').publications).toHaveLength(10);
  });

  test('are not needed on a routed network', () => {
    const { model, lock } = resolved(
      'network r { subnet 10.0.0.0/24; gateway-mode routed }\ncontainer web { attach r; publish 80-81 }\n',
    );
    expect(containerNamed(model, 'web').publications.map(show)).toEqual(['v4 80-81 -> r 80-81/tcp']);
    expect(lock.ports).toEqual([]);
  });

  test('cannot be asked for twice', () => {
    const { diagnostics } = resolved(
      `${networks}container web { attach four; publish 80-82, 443; publish 81, 10.0.0.1::81 }\n`,
    );
    expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ['CTFW2023', '`web` already publishes 81/tcp without a host port'],
    ]);
  });

  test('of ten thousand containers that ask for all of them', () => {
    const text = Array.from(
      { length: 2000 },
      (_, index) => `container c${index} { attach four; expose 1-65535; publish all }`,
    );
    expect(codes(text.join('\n'))).toEqual(['CTFW2017']);
  });
});

describe('what cannot be published', () => {
  for (const [body, code] of [
    ['container web { network host; publish 8080:80 }', 'CTFW2019'],
    ['container web { network none; publish 8080:80 }', 'CTFW2019'],
    ['container x { attach four }\ncontainer web { network container:x; publish 8080:80 }', 'CTFW2019'],
    ['container web { attach back; publish 8080:80 }', 'CTFW2020'],
    ['container web { attach four; publish [2001:db8::1]:8080:80 }', 'CTFW2018'],
    ['container web { attach four; publish [::]:8080:80 }', 'CTFW2018'],
    ['container web { attach six; publish 127.0.0.1:8080:80 }', 'CTFW2018'],
  ] as const)
    test(body, () => expect(codes(`${body}\n`)).toEqual([code]));

  test('publish-address of a family that the container lacks shows where it is given', () => {
    const { diagnostics } = resolved(
      'host edge { publish-address 192.168.1.5 }\nnetwork six { subnet fd00::/64 }\ncontainer web { attach six; publish 8080:80 }\n',
    );
    expect(diagnostics.map(({ code, related }) => [code, related.map(({ message }) => message)])).toEqual([
      ['CTFW2018', ['the host publishes on this address']],
    ]);
  });

  test('nothing further is said where a network or the mode has an error already', () => {
    expect(codes('container web { attach nowhere; publish 8080:80 }\n')).toEqual(['CTFW2003']);
    expect(codes('container web { network container:nobody; publish 8080:80 }\n')).toEqual(['CTFW2003']);
    expect(codes('container web { network host; attach four; publish 8080:80 }\n')).toEqual(['CTFW2021']);
  });
});
