import { describe, expect, test } from 'vitest';
import { importText, itemsOfWeb, service } from './support.ts';

describe('network modes', () => {
  test.each([
    ['network_mode: host', 'network host'],
    ['network_mode: none', 'network none'],
    ['network_mode: "service:vpn"', 'network container:vpn'],
    ['network_mode: "container:the-vpn"', 'network container:vpn'],
    ['network_mode: "container:shop-other-1"', 'network container:other'],
    ['network_mode: "container:shop_other_1"', 'network container:other'],
  ])('%s', (lines, expected) => {
    const imported = importText(service(lines, '  vpn: {container_name: the-vpn}\n  other: {}'));
    expect(itemsOfWeb(imported)).toBe(expected);
    expect(imported.codes).toEqual([]);
  });

  test('the default bridge of the engine is a network `bridge` on docker0', () => {
    const imported = importText(service('network_mode: bridge', '  other: {network_mode: bridge}'));
    expect(imported.policy).toEqual([
      'network bridge { bridge docker0 }',
      'container web { attach bridge }',
      'container other { attach bridge }',
    ]);
    const clash = importText(service('network_mode: bridge\nnetworks: ', 'networks: {bridge: }'));
    expect(clash.policy).toEqual([
      'network bridge',
      'network bridge-net { bridge docker0 }',
      'container web { attach bridge-net }',
    ]);
  });

  test('a network by the name that the engine knows', () => {
    const declared = importText(service('network_mode: shop_back', 'networks: {back: {internal: true}}'));
    expect(declared.policy).toEqual(['network back { internal }', 'container web { attach back }']);
    const unknown = importText(service('network_mode: proxy', '  other: {network_mode: proxy}'));
    expect(unknown.policy).toEqual([
      'network proxy',
      'container web { attach proxy }',
      'container other { attach proxy }',
    ]);
    expect(unknown.codes).toEqual(['CTFW6020 3:19']);
  });

  test('a container that is not in the file leaves the service without network', () => {
    const imported = importText(service('network_mode: container:vpn'));
    expect(imported).toMatchObject({ policy: ['container web { network none }'], codes: ['CTFW6029 3:19'] });
  });

  test.each([
    ['network_mode: host\nnetworks: [a]', 'CTFW6025 3:19'],
    ['network_mode: service:nobody', 'CTFW6015 3:19'],
    ['network_mode: service:web', 'CTFW6015 3:19'],
    ['network_mode: service:one', 'CTFW6015 3:19'],
    ['network_mode: [host]', 'CTFW6005 3:19'],
  ])('%j is refused', (lines, code) => {
    const others = '  one: {network_mode: "service:two"}\n  two: {network_mode: "service:web"}\nnetworks: {a: }';
    const imported = importText(service(lines, lines.endsWith('one') ? others : others.replace('service:web', 'none')));
    expect(imported).toMatchObject({ policy: undefined, codes: [code] });
  });
});

describe('ports that cannot be published', () => {
  test.each([
    ['network_mode: host', ''],
    ['network_mode: none', ''],
    ['network_mode: "service:other"', ''],
    ['networks: [a]', 'networks: {a: {internal: true}}'],
    ['networks: [a]', 'networks: {a: {driver_opts: {com.docker.network.bridge.gateway_mode_ipv4: isolated}}}'],
    [
      'networks: [a]',
      'networks: {a: {driver: macvlan, driver_opts: {parent: eth0}, ipam: {config: [{subnet: 10.0.0.0/24}]}}}',
    ],
  ])('%s %s', (lines, others) => {
    const imported = importText(service(`ports: ["80:80"]\n${lines}`, `  other: {}\n${others}`));
    expect(imported.policy?.join().includes('publish')).toBe(false);
    expect(imported.codes).toEqual(['CTFW6013 3:13']);
  });

  test('an address that leads to nothing', () => {
    const imported = importText(
      service('ports: ["[::1]:80:80", "[2001:db8::1]:81:81", "[::]:82:82", 127.0.0.1:83:83, 0.0.0.0:84:84]'),
    );
    expect(itemsOfWeb(imported)).toBe('attach default; publish 127.0.0.1:83:83; publish 0.0.0.0:84:84');
    expect(imported.codes).toEqual(['CTFW6013 3:13', 'CTFW6013 3:28', 'CTFW6013 3:51']);
  });

  test('IPv6 addresses are published where the container has IPv6', () => {
    const subnet = 'ipam: {config: [{subnet: "fd00:28::/64"}]}';
    const both = importText(
      service(
        'ports: ["[2001:db8::1]:81:81"]',
        `networks: {default: {enable_ipv6: true, ${subnet.replace('[', '[{subnet: 10.0.0.0/24}, ')}}}`,
      ),
    );
    expect(itemsOfWeb(both)).toBe('attach default; publish [2001:db8::1]:81:81');
    const only = importText(
      service('ports: ["127.0.0.1:81:81"]', `networks: {default: {enable_ipv6: true, enable_ipv4: false, ${subnet}}}`),
    );
    expect(only.codes).toEqual(['CTFW6013 3:13']);
  });

  test('the address that a network binds ports to', () => {
    const option = (address: string): string =>
      `networks: {default: {driver_opts: {com.docker.network.bridge.host_binding_ipv4: ${address}}}}`;
    const ports = 'ports: ["80:80", "81", "192.168.1.5:82:82"]';
    expect(itemsOfWeb(importText(service(ports, option('127.0.0.1'))))).toBe(
      'attach default; publish 127.0.0.1:80:80; publish 127.0.0.1::81; publish 192.168.1.5:82:82',
    );
    expect(itemsOfWeb(importText(service(ports, option('0.0.0.0'))))).toBe(
      'attach default; publish 80:80; publish 81; publish 192.168.1.5:82:82',
    );
  });

  test('the first network that is not internal decides', () => {
    const networks =
      'networks: {a: {internal: true}, b: {driver_opts: {com.docker.network.bridge.host_binding_ipv4: 127.0.0.1}}, c: }';
    expect(itemsOfWeb(importText(service('ports: [80]\nnetworks: [c, b, a]', networks)))).toBe(
      'attach a; attach b; attach c; publish 127.0.0.1::80',
    );
  });
});

describe('names of a container', () => {
  test.each([
    ['container_name: shop.web', 'attach default; alias shop.web'],
    ['container_name: web', 'attach default'],
    ['hostname: web.example.net', 'attach default; hostname web.example.net'],
    ['dns: 9.9.9.9', 'attach default; dns 9.9.9.9'],
    [
      'dns: [9.9.9.9, "2620:fe::fe"]\ndns_search: example.net\ndns_opt: ["ndots:2", rotate]',
      'attach default; dns 9.9.9.9, 2620:fe::fe; dns-search example.net; dns-option ndots:2, rotate',
    ],
  ])('%s', (lines, expected) => {
    const imported = importText(service(lines));
    expect(itemsOfWeb(imported)).toBe(expected);
    expect(imported.codes).toEqual([]);
  });

  test.each([['dns: nowhere', 'CTFW6014 3:10']])('%s is refused', (lines, code) => {
    expect(importText(service(lines))).toMatchObject({ policy: undefined, codes: [code] });
  });

  test('what means nothing in the network of another container is left out', () => {
    const lines =
      'network_mode: service:other\nhostname: a\nmac_address: 02:42:ac:11:00:02\ndns: 9.9.9.9\ndns_search: b.c';
    const imported = importText(service(lines, '  other: {}'));
    expect(itemsOfWeb(imported)).toBe('network container:other');
    expect(imported.codes).toEqual(['CTFW6031 4:15', 'CTFW6031 5:18', 'CTFW6031 6:10', 'CTFW6031 7:17']);
    expect(itemsOfWeb(importText(service('network_mode: host\nhostname: a\ndns: 9.9.9.9')))).toBe(
      'network host; hostname a; dns 9.9.9.9',
    );
  });

  test('a name that cannot be written', () => {
    expect(importText(service('dns_search: ["a b", .]\ndns_opt: ["a;b"]'))).toMatchObject({
      policy: ['network default', 'container web { attach default; dns-search . }'],
      codes: ['CTFW6032 3:18', 'CTFW6032 4:15'],
    });
    expect(importText(service('hostname: "a b"\ncontainer_name: "c{d"')).codes).toEqual([
      'CTFW6032 3:15',
      'CTFW6032 4:21',
    ]);
  });
});

describe('links', () => {
  const db = '  db: {expose: [5432]}\n';

  test.each([
    ['links: [db]', 'link web -> db'],
    ['links: ["db:db"]', 'link web -> db'],
    ['links: ["db:database"]', 'link web -> db as database'],
    ['links: [db, "db:database", db, "db:db"]', 'link web -> db,link web -> db as database'],
  ])('%s', (lines, expected) => {
    const imported = importText(service(lines, db));
    expect(imported.policy?.slice(3).join()).toBe(expected);
    expect(imported.codes).toEqual([]);
  });

  test('published ports of the target are exposed to a link', () => {
    const imported = importText(
      service('links: [db]', '  db: {ports: ["5432:5432", "53:53/udp"], expose: [80]}\n  alone: {ports: ["81:80"]}'),
    );
    expect(imported.policy?.slice(2)).toEqual([
      'container db { attach default; expose 80/tcp, 5432/tcp, 53/udp; publish 5432:5432; publish 53:53/udp }',
      'container alone { attach default; publish 81:80 }',
      'link web -> db',
    ]);
  });

  test.each([
    ['links: [db]', '  db: {}'],
    ['links: [web]\nexpose: [1]', ''],
    ['links: [db]\nnetworks: [a]', '  db: {expose: [1]}\nnetworks: {a: }'],
    ['links: [db]\nnetwork_mode: host', '  db: {expose: [1]}'],
  ])('%j %s is left out', (lines, others) => {
    const imported = importText(service(lines, others));
    expect(imported.policy?.filter((line) => line.startsWith('link'))).toEqual([]);
    expect(imported.codes).toEqual(['CTFW6019 3:13']);
  });

  test('to nobody', () => {
    expect(importText(service('links: [db]'))).toMatchObject({ policy: undefined, codes: ['CTFW6015 3:13'] });
  });
});

describe('what is not imported', () => {
  test.each([
    ['extends: {service: base}', '', 'CTFW6007 3:5'],
    ['image: x', 'include: [other.yaml]', 'CTFW6007 4:1'],
    ['- a', '', 'CTFW6005 3:5'],
  ])('%s %s is refused', (lines, others, code) => {
    expect(importText(service(lines, others))).toMatchObject({ policy: undefined, codes: [code] });
  });

  test.each(['', '# nothing', '{}', 'web: {image: x}', 'version: "3"'])('%j has no services', (text) => {
    const imported = importText(text);
    expect(imported.policy).toBe(undefined);
    expect(imported.codes[0]).toBe('CTFW6006 1:1');
  });

  test.each(['[]', 'text', '5', '- services'])('%j is no compose file', (text) => {
    expect(importText(text)).toMatchObject({ policy: undefined, codes: ['CTFW6005 1:1'] });
  });

  test.each([
    ['extra_hosts: ["a:10.0.0.1"]', ['CTFW6017 3:5']],
    ['domainname: example.net', ['CTFW6017 3:5']],
    ['external_links: [old_db]', ['CTFW6017 3:5']],
    ['provider: {type: x}', ['CTFW6017 3:5']],
    ['prots: ["80:80"]', ['CTFW6016 3:5']],
    ['net: host', ['CTFW6016 3:5']],
    ['profiles: [debug]', ['CTFW6023 3:5']],
    ['scale: 3', ['CTFW6022 3:12']],
    [
      'deploy: {replicas: 2, mode: global, endpoint_mode: dnsrr, what: 1}',
      ['CTFW6022 3:24', 'CTFW6022 3:33', 'CTFW6017 3:41', 'CTFW6016 3:63'],
    ],
    ['deploy: {replicas: 1, mode: replicated}', []],
    ['scale: 0', ['CTFW6022 3:12']],
    ['sysctls: {net.ipv4.ip_forward: 1, kernel.shmmax: 5}', ['CTFW6030 3:5']],
    ['sysctls: ["net.ipv6.conf.all.disable_ipv6=1"]', ['CTFW6030 3:5']],
    ['sysctls: {kernel.shmmax: 5}', []],
  ])('%s is reported', (lines, codes) => {
    const imported = importText(service(lines));
    expect(imported.codes).toEqual(codes);
    expect(itemsOfWeb(imported)).toBe('attach default');
  });

  test('ignored keys are counted, wherever they stand', () => {
    const text =
      'version: "3"\nname: n\nx-top: 1\nvolumes: {v: }\nservices: {a: {image: x, volumes: []}, b: {image: y, deploy: {resources: {}}, x-own: 1, sysctls: {kernel.a: 1}}}';
    expect(importText(text).ignored).toEqual([
      'service image 2',
      'service volumes 1',
      'service deploy.resources 1',
      'service sysctls 1',
      'service x-own 1',
      'file version 1',
      'file x-top 1',
      'file volumes 1',
    ]);
  });

  test('variables in ignored keys are not looked at', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of compose
    const imported = importText(service('image: "app:${TAG:?no}"\nvolumes: ["${NOWHERE}:/x", "${"]'));
    expect(imported.codes).toEqual([]);
  });
});
