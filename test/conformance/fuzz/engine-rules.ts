/** Rules in the manner of container engines: isolation, publications, masquerade; with their usual variations. */
import { places, type RuleBlock } from './case.ts';
import type { Random } from './random.ts';

export function engineBlocks(random: Random): RuleBlock[] {
  const kind = random.once(4) ? 'legacy' : 'nft';
  const internal = random.once(4);
  const icc = !random.once(3);
  const hairpinMode = random.once(3);
  const publications = random.several(1, 4, () => ({
    proto: random.pick(['tcp', 'udp']),
    hostPort: random.pick([8080, 8081, 80, 443]),
    address: random.pick(['172.17.0.2', '172.17.0.3', '172.18.0.2']),
    hostAddress: random.pick(['', '', '192.168.10.1', '127.0.0.1']),
  }));
  const bridgeOf = (address: string): string => (address.startsWith('172.17') ? 'br0' : 'br1');
  const forward = ['br0', 'br1'].flatMap((bridge) => [
    `-A FORWARD -o ${bridge} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    `-A FORWARD -o ${bridge} -j DOCKER`,
    `-A FORWARD -i ${bridge} ! -o ${bridge} -j ${internal && bridge === 'br1' ? 'DROP' : 'ACCEPT'}`,
    `-A FORWARD -i ${bridge} -o ${bridge} -j ${icc ? 'ACCEPT' : 'DROP'}`,
  ]);
  const filter = [
    ...(random.once(2) ? ['-A FORWARD -j ISOLATION'] : []),
    ...forward,
    ...publications.map(
      ({ proto, address }) =>
        `-A DOCKER -d ${address}/32 ! -i ${bridgeOf(address)} -o ${bridgeOf(address)} -p ${proto} -m ${proto} --dport 80 -j ACCEPT`,
    ),
    '-A ISOLATION -i br0 ! -o br0 -j STAGE',
    '-A ISOLATION -i br1 ! -o br1 -j STAGE',
    `-A STAGE -o br0 -j ${random.pick(['DROP', 'REJECT'])}`,
    '-A STAGE -o br1 -j DROP',
  ];
  const nat = [
    '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
    `-A OUTPUT ${hairpinMode ? '' : '! -d 127.0.0.0/8 '}-m addrtype --dst-type LOCAL -j DOCKER`,
    '-A POSTROUTING -s 172.17.0.0/16 ! -o br0 -j MASQUERADE',
    ...(internal ? [] : ['-A POSTROUTING -s 172.18.0.0/16 ! -o br1 -j MASQUERADE']),
    ...(hairpinMode ? ['-A POSTROUTING -o br0 -m addrtype --src-type LOCAL -j MASQUERADE'] : []),
    ...publications.map(
      ({ proto, address }) =>
        `-A POSTROUTING -s ${address}/32 -d ${address}/32 -p ${proto} -m ${proto} --dport 80 -j MASQUERADE`,
    ),
    ...(hairpinMode ? [] : ['-A DOCKER -i br0 -j RETURN']),
    ...publications.map(
      ({ proto, hostPort, address, hostAddress }) =>
        `-A DOCKER ${hostAddress === '' ? '' : `-d ${hostAddress}/32 `}${hairpinMode ? '' : `! -i ${bridgeOf(address)} `}-p ${proto} -m ${proto} --dport ${hostPort} -j DNAT --to-destination ${address}:80`,
    ),
  ];
  const type = `iptables-${kind}` as const;
  const blocks: RuleBlock[] = [
    {
      type,
      host: 'router',
      head: '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:DOCKER - [0:0]\n:ISOLATION - [0:0]\n:STAGE - [0:0]',
      lines: filter,
      tail: 'COMMIT',
    },
    {
      type,
      host: 'router',
      head: '*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n:DOCKER - [0:0]',
      lines: nat,
      tail: 'COMMIT',
    },
  ];
  if (random.once(3)) {
    const lines = publications.map(({ address }) => `-A PREROUTING -d ${address}/32 ! -i ${bridgeOf(address)} -j DROP`);
    blocks.push({ type, host: 'router', head: '*raw\n:PREROUTING ACCEPT [0:0]', lines, tail: 'COMMIT' });
  }
  if (random.once(4)) blocks.push(markMasquerade(random));
  return blocks;
}

/** Marked by a first rule, masqueraded because of the mark by a later one. */
function markMasquerade(random: Random): RuleBlock {
  const lines = [
    `-A PREROUTING -p udp --dport ${random.pick(places.ports)} -j MARK --set-xmark 0x4000/0x4000`,
    '-A PREROUTING -p udp --dport 8081 -j DNAT --to-destination 172.17.0.3:80',
    '-A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE',
  ];
  return {
    type: 'iptables-legacy',
    host: 'router',
    head: '*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]',
    lines,
    tail: 'COMMIT',
  };
}
