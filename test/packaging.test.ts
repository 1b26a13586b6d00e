/** The unit that loads the rules at the start of a machine: after everything that flushes what is loaded, before the network. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const unit = readFileSync(join(import.meta.dirname, '../packaging/ctfw-restore.service'), 'utf8');

function named(setting: string): readonly string[] {
  return unit
    .split('\n')
    .flatMap((line) => (line.startsWith(`${setting}=`) ? line.slice(setting.length + 1).split(' ') : []));
}

test('services whose start flushes rules come first: /etc/nftables.conf begins with `flush ruleset`', () => {
  for (const service of ['nftables', 'netfilter-persistent', 'iptables', 'ip6tables', 'ufw', 'firewalld'])
    expect(named('After')).toContain(`${service}.service`);
});

test('the network and the engines come after it', () => {
  for (const later of ['network-pre.target', 'docker.service', 'podman.service'])
    expect(named('Before')).toContain(later);
});
