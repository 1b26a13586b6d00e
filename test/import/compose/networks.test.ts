// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of compose files are written so
import { describe, expect, test } from 'vitest';
import { type Imported, importText, indent, service } from './support.ts';

/** A file with one service on a network `back` that has these lines. */
function network(lines: string, attachment = ''): Imported {
  return importText(
    `${service(`networks:\n  back:\n${indent(attachment, 4)}`.trimEnd())}networks:\n  back:\n${indent(lines, 4)}`,
  );
}

function blockOf(imported: Imported, name = 'back'): string | undefined {
  return imported.policy?.find((statement) => statement.startsWith(`network ${name}`));
}

describe('which networks there are', () => {
  test('a service without networks is on `default`, which is made for it', () => {
    for (const lines of ['image: x', 'networks: []', 'networks: {}', 'networks:', 'network_mode:'])
      expect(importText(service(lines)).policy).toEqual(['network default', 'container web { attach default }']);
  });

  test('`default` takes the settings of its declaration, and is not made when nobody is on it', () => {
    const declared = importText(service('image: x', 'networks: {default: {internal: true}}'));
    expect(declared.policy).toEqual(['network default { internal }', 'container web { attach default }']);
    expect(importText(service('networks: [back]', 'networks: {back: }')).policy).toEqual([
      'network back',
      'container web { attach back }',
    ]);
  });

  test('a network that is not declared is an error', () => {
    expect(importText(service('networks: [front]'))).toMatchObject({ policy: undefined, codes: ['CTFW6015 3:16'] });
    expect(importText(service('networks: [default]')).policy).toEqual([
      'network default',
      'container web { attach default }',
    ]);
  });

  test('networks are attached in the order in which the engine chooses the gateway', () => {
    const declared = 'networks: {zeta: {name: aaa}, alpha: , mid: , last: {name: zzz}}';
    expect(importText(service('networks: [mid, last, zeta, alpha]', declared)).policy?.at(-1)).toBe(
      'container web { attach zeta; attach alpha; attach mid; attach last }',
    );
    expect(
      importText(service('networks: {alpha: , mid: {gw_priority: 1}, zeta: {priority: 5}}', declared)).policy?.at(-1),
    ).toBe('container web { attach mid; attach zeta; attach alpha }');
  });
});

describe('settings of a network', () => {
  test.each([
    ['internal: true', 'network back { internal }'],
    ['internal: "yes"', 'network back { internal }'],
    ['internal: false', 'network back'],
    ['driver: bridge', 'network back'],
    ['driver_opts: {com.docker.network.bridge.name: br7}', 'network back { bridge br7 }'],
    ['driver_opts: {com.docker.network.driver.mtu: 1400}', 'network back { mtu 1400 }'],
    ['driver_opts: {com.docker.network.driver.mtu: "9000"}', 'network back { mtu 9000 }'],
    ['driver_opts: {com.docker.network.bridge.enable_icc: "false"}', 'network back { icc off }'],
    ['driver_opts: {com.docker.network.bridge.enable_ip_masquerade: "0"}', 'network back { masquerade off }'],
    ['driver_opts: {com.docker.network.bridge.gateway_mode_ipv4: routed}', 'network back { gateway-mode routed }'],
    [
      'driver_opts: {com.docker.network.bridge.gateway_mode_ipv4: isolated}\ninternal: true',
      'network back { internal; gateway-mode isolated }',
    ],
    ['ipam: {config: [{subnet: 172.28.0.0/16}]}', 'network back { subnet 172.28.0.0/16 }'],
    [
      'ipam:\n  driver: default\n  config:\n    - subnet: 172.28.0.0/16\n      gateway: 172.28.5.254',
      'network back { subnet 172.28.0.0/16; gateway 172.28.5.254 }',
    ],
    [
      'enable_ipv6: true\nipam: {config: [{subnet: 172.28.0.0/16}, {subnet: "fd00:28::/64", gateway: "fd00:28::9"}]}',
      'network back { subnet 172.28.0.0/16, fd00:28::/64; gateway fd00:28::9 }',
    ],
    [
      'enable_ipv4: false\nenable_ipv6: true\nipam: {config: [{subnet: "fd00:28::/64"}]}',
      'network back { subnet fd00:28::/64 }',
    ],
    [
      'driver_opts: {com.docker.network.enable_ipv6: "true"}\nipam: {config: [{subnet: 10.0.0.0/24}, {subnet: "fd00:28::/64"}]}',
      'network back { subnet 10.0.0.0/24, fd00:28::/64 }',
    ],
  ])('%s', (lines, expected) => {
    const imported = network(lines);
    expect(blockOf(imported)).toBe(expected);
    expect(imported.codes).toEqual([]);
  });

  test('a name that is too long for a bridge gets one that follows from it', () => {
    const twice = ['network backend-of-the-shop-1', 'network backend-of-the-shop-2'];
    const imported = importText(
      service(
        'networks: [backend-of-the-shop-1, backend-of-the-shop-2]',
        'networks: {backend-of-the-shop-1: , backend-of-the-shop-2: }',
      ),
    );
    const bridges = twice.map(
      (name) => /bridge (\S+)/.exec(imported.policy?.find((line) => line.startsWith(name)) ?? '')?.[1],
    );
    expect(bridges).toEqual(['br-backend-115e', 'br-backend-105e']);
  });

  test('a bridge name that another network has is not taken twice', () => {
    const imported = importText(
      service('networks: [a, b]', 'networks: {a: {driver_opts: {com.docker.network.bridge.name: br-b}}, b: }'),
    );
    expect(imported.policy?.slice(0, 2)).toEqual([
      'network a { bridge br-b }',
      expect.stringMatching(/^network b \{ bridge br-b-[0-9a-f]{4} \}$/),
    ]);
  });

  test.each([
    ['internal: maybe', 'CTFW6014 7:15'],
    ['internal: ""', 'CTFW6014 7:15'],
    ['internal: "${SET-}"', 'CTFW6014 7:15'],
    ['driver_opts: {com.docker.network.bridge.enable_icc: ""}', 'CTFW6014 7:57'],
    ['ipam: {config: [{subnet: 172.28.0.0}]}', 'CTFW6014 7:30'],
    ['ipam: {config: [{subnet: 172.28.0.1/16}]}', 'CTFW6014 7:30'],
    ['ipam: {config: [{subnet: 172.28.0.0/16, gateway: 172.29.0.1}]}', 'CTFW6014 7:54'],
    ['ipam: {config: [{gateway: 172.29.0.1}]}', 'CTFW6014 7:31'],
    ['ipam: {config: [{subnet: 172.28.0.0/16}, {subnet: 172.29.0.0/16}]}', 'CTFW6005 7:55'],
    ['enable_ipv4: false', 'CTFW6014 6:3'],
    ['driver: overlay', 'CTFW6021 7:13'],
    ['driver: ipvlan', 'CTFW6021 7:13'],
    ['driver: macvlan', 'CTFW6014 7:13'],
    ['driver: macvlan\ndriver_opts: {parent: eth0}', 'CTFW6014 6:3'],
    ['driver_opts: {com.docker.network.bridge.name: much-too-long-name}', 'CTFW6014 7:51'],
    ['driver_opts: {com.docker.network.bridge.enable_icc: "no"}', 'CTFW6014 7:57'],
    ['driver_opts: {com.docker.network.driver.mtu: 12}', 'CTFW6014 7:50'],
    ['driver_opts: {com.docker.network.bridge.gateway_mode_ipv4: open}', 'CTFW6014 7:64'],
    ['driver_opts: {com.docker.network.bridge.host_binding_ipv4: here}', 'CTFW6014 7:64'],
    [
      'enable_ipv6: true\ndriver_opts: {com.docker.network.bridge.gateway_mode_ipv6: routed}\nipam: {config: [{subnet: 10.0.0.0/24}, {subnet: "fd00:28::/64"}]}',
      'CTFW6027 8:64',
    ],
  ])('%s is refused', (lines, code) => {
    expect(network(lines)).toMatchObject({ policy: undefined, codes: [code] });
  });

  test.each([
    [
      'ipam: {config: [{subnet: 172.28.0.0/16, ip_range: 172.28.5.0/24, aux_addresses: {a: 172.28.1.5}}]}',
      ['CTFW6017 7:45', 'CTFW6017 7:70'],
    ],
    ['ipam: {driver: dhcp}', ['CTFW6017 7:20']],
    ['ipam: {options: {a: b}}', ['CTFW6017 7:12']],
    ['ipam: {typo: 1}', ['CTFW6016 7:12']],
    ['driver_opts: {com.docker.network.host_ipv4: 10.0.0.1}', ['CTFW6017 7:19']],
    ['internel: true', ['CTFW6016 7:5']],
    ['enable_ipv6: true', ['CTFW6026 6:3']],
    ['ipam: {config: [{subnet: "fd00:28::/64"}]}', ['CTFW6026 7:30']],
    ['enable_ipv6: true\nipam: {config: [{subnet: "fd00:28::/64"}]}', ['CTFW6026 6:3']],
    ['driver_opts: {com.docker.network.bridge.gateway_mode_ipv4: nat-unprotected}', ['CTFW6028 7:64']],
  ])('%s is reported', (lines, codes) => {
    const imported = network(lines);
    expect(imported.codes).toEqual(codes);
    expect(imported.policy?.at(-1)).toBe('container web { attach back }');
  });

  test.each([
    ['driver_opts: {parent: eth0}', ['CTFW6031 7:27']],
    ['driver_opts: {com.docker.network.bridge.gateway_mode_ipv6: routed}', ['CTFW6031 7:64']],
    ['external: true\nname: bridge\ndriver_opts: {com.docker.network.bridge.name: br7}', ['CTFW6031 9:51']],
    [
      'driver: macvlan\ninternal: true\ndriver_opts: {parent: eth0, com.docker.network.bridge.enable_icc: "false"}\nipam: {config: [{subnet: 10.0.0.0/24}]}',
      ['CTFW6031 9:71'],
    ],
    ['driver: host\ninternal: true\nipam: {config: [{subnet: 10.0.0.0/24}]}', ['CTFW6031 8:15', 'CTFW6031 9:30']],
  ])('%s has no effect, which is said', (lines, codes) => {
    expect(network(lines).codes).toEqual(codes);
  });

  test('what says nothing about packets is ignored', () => {
    const imported = network('attachable: true\nlabels: {a: b}\nx-own: 1\nname: shop-back');
    expect(imported.codes).toEqual([]);
    expect(imported.ignored).toEqual(['network attachable 1', 'network labels 1', 'network x-own 1']);
  });

  test('macvlan', () => {
    const lines =
      'driver: macvlan\ndriver_opts: {parent: eth0.50}\nipam: {config: [{subnet: 192.168.50.0/24, gateway: 192.168.50.1}]}';
    expect(blockOf(network(lines))).toBe(
      'network back { macvlan on eth0.50; subnet 192.168.50.0/24; gateway 192.168.50.1 }',
    );
  });
});

describe('networks that are made elsewhere', () => {
  test('an external network is a network like others, and that is said', () => {
    for (const lines of ['external: true', 'external: true\nname: proxy', 'external: {name: proxy}']) {
      const imported = network(lines);
      expect(imported.policy).toEqual(['network back', 'container web { attach back }']);
      expect(imported.codes).toEqual(['CTFW6020 7:5']);
    }
  });

  test('the networks that every engine has', () => {
    expect(network('external: true\nname: host').policy).toEqual(['container web { network host }']);
    expect(network('external: true\nname: none').policy).toEqual(['container web { network none }']);
    expect(network('external: true\nname: bridge')).toMatchObject({
      policy: ['network back { bridge docker0 }', 'container web { attach back }'],
      codes: [],
    });
    expect(network('driver: host').policy).toEqual(['container web { network host }']);
  });

  test('the host network excludes others', () => {
    const imported = importText(service('networks: [a, b]', 'networks: {a: , b: {external: true, name: host}}'));
    expect(imported).toMatchObject({ policy: undefined, codes: ['CTFW6025 3:19'] });
    const place = 'networks: {b: {ipv4_address: 10.0.0.9, aliases: [x], mac_address: 02:42:ac:11:00:02}}';
    expect(importText(service(place, 'networks: {b: {external: true, name: host}}'))).toMatchObject({
      policy: ['container web { network host }'],
      codes: ['CTFW6031 3:34', 'CTFW6031 3:54', 'CTFW6031 3:71'],
    });
  });
});

describe('the place of a service on a network', () => {
  const subnets = 'enable_ipv6: true\nipam: {config: [{subnet: 172.28.0.0/16}, {subnet: "fd00:28::/64"}]}';

  test.each([
    ['ipv4_address: 172.28.0.9', 'attach back 172.28.0.9'],
    ['ipv6_address: fd00:28::9', 'attach back fd00:28::9'],
    ['ipv4_address: 172.28.0.9\nipv6_address: "fd00:28::9"', 'attach back 172.28.0.9, fd00:28::9'],
    ['mac_address: 02:42:AC:11:00:02', 'attach back { mac 02:42:ac:11:00:02 }'],
    ['aliases: [db, cache.local, db]', 'attach back { alias db, cache.local }'],
    ['interface_name: eth7', 'attach back'],
  ])('%s', (lines, expected) => {
    const imported = network(subnets, lines);
    expect(imported.policy?.at(-1)).toBe(`container web { ${expected} }`);
    expect(imported.codes).toEqual([]);
  });

  test.each([
    ['ipv4_address: 172.29.0.9', 'CTFW6014 5:23'],
    ['ipv4_address: fd00:28::9', 'CTFW6014 5:23'],
    ['ipv6_address: 172.28.0.9', 'CTFW6014 5:23'],
    ['mac_address: 02:42', 'CTFW6014 5:22'],
    ['gw_priority: high', 'CTFW6014 5:22'],
    ['aliases: {a: b}', 'CTFW6005 5:18'],
  ])('%s is refused', (lines, code) => {
    expect(network(subnets, lines)).toMatchObject({ policy: undefined, codes: [code] });
  });

  test.each([
    ['link_local_ips: [169.254.8.8]', 'CTFW6017 5:9'],
    ['driver_opts: {a: b}', 'CTFW6017 5:9'],
    ['ipv4_addres: 172.28.0.9', 'CTFW6016 5:9'],
    ['aliases: ["a b"]', 'CTFW6032 5:19'],
  ])('%s is reported', (lines, code) => {
    expect(network(subnets, lines).codes).toEqual([code]);
  });

  test('an address needs a written subnet, unless the network is made elsewhere', () => {
    expect(network('internal: true', 'ipv4_address: 172.28.0.9')).toMatchObject({
      policy: undefined,
      codes: ['CTFW6014 5:23'],
    });
    const external = network('external: true', 'ipv4_address: 172.28.0.9');
    expect(external.codes).toEqual(['CTFW6031 5:23', 'CTFW6020 8:5']);
    expect(external.policy?.at(-1)).toBe('container web { attach back }');
  });

  test("a service's own MAC address goes to the network of the highest priority", () => {
    const text = service(
      'mac_address: 02:42:ac:11:00:02\nnetworks: {a: , b: {priority: 3}, c: }',
      'networks: {a: , b: , c: }',
    );
    expect(importText(text).policy?.at(-1)).toBe(
      'container web { attach a; attach b { mac 02:42:ac:11:00:02 }; attach c }',
    );
  });
});

describe('names', () => {
  test('a network that is called like a service gets a suffix', () => {
    const imported = importText('services: {web: {networks: [web]}, web-net: {networks: [web]}}\nnetworks: {web: }');
    expect(imported.policy).toEqual([
      'network web-net-2',
      'container web { attach web-net-2 }',
      'container web-net { attach web-net-2 }',
    ]);
    expect(imported.codes).toEqual(['CTFW6018 2:12']);
    expect(imported.messages).toEqual(['The network `web` is called `web-net-2` in the policy.']);
  });

  test('names that a policy does not have are changed, and stay resolvable', () => {
    const imported = importText('services: {1st: {links: [any]}, any: {expose: [1]}, end-: {}, "-": {}}');
    expect(imported.policy).toEqual([
      'network default',
      'container n1st { attach default; alias 1st }',
      'container any-1 { attach default; alias any; expose 1/tcp }',
      'container end- { attach default }',
      'container n- { attach default }',
      'link n1st -> any-1',
    ]);
    expect(imported.codes.map((code) => code.slice(0, 8))).toEqual(['CTFW6018', 'CTFW6018', 'CTFW6018']);
  });

  test('renaming never meets a name that is taken', () => {
    const imported = importText('services: {1st: {}, n1st: {}, n1st-2: {}}\nnetworks: {default: , n1st: }');
    expect(imported.policy?.map((line) => line.replace(/ \{.*/, ''))).toEqual([
      'network default',
      'network n1st-net',
      'container n1st-3',
      'container n1st',
      'container n1st-2',
    ]);
  });

  test('a service that is called `default`', () => {
    expect(importText('services: {default: {}}').policy).toEqual([
      'network default-net',
      'container default { attach default-net }',
    ]);
  });
});
