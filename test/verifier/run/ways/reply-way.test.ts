/** By which way a receiver on a bridge answers a source that is not on its link: by its gateway, if the host has an address there. */
import { expect, test } from 'vitest';
import type { HostView, InterfaceView } from '../../../../src/host-view/host-view.ts';
import { type Prefix, parsePrefix } from '../../../../src/net/prefix.ts';
import { drop } from '../../../../src/ruleset/statement.ts';
import { Losses, Rules } from '../../../../src/verifier/run/hooks/hook.ts';
import { stateBits, untranslated } from '../../../../src/verifier/run/reading/sight.ts';
import { Journey } from '../../../../src/verifier/run/ways/journey.ts';
import { spaceOf } from '../../../../src/verifier/space/space-of.ts';
import { address, baseChain, host, rule, table } from '../../../simulator/hosts.ts';

const plain = host({ interfaces: { eth0: ['2001:db8::1/64'], br0: ['fd17::1/64'] } });
const prefix = (text: string): Prefix => {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};
const direct = { via: undefined, kind: 'unicast', metric: 0, table: 'main' } as const;
const port = { kind: 'veth', mac: undefined, mtu: 1500, up: true, addresses: [] } as const;

/** A host with two ports on br0, which has this address. */
function hostWith(own: InterfaceView['addresses'][number]): HostView {
  return {
    ...plain,
    source: 'gathered',
    interfaces: [
      ...plain.interfaces.map((one) => (one.name === 'br0' ? { ...one, addresses: [own] } : one)),
      ...['veth1', 'veth2'].map((name) => ({
        ...port,
        name,
        bridgePort: { bridge: 'br0', hairpin: true, isolated: false },
      })),
    ],
    routes: [
      { ...direct, destination: prefix('fd17::/64'), interface: 'br0' },
      { ...direct, destination: prefix('::/0'), interface: 'eth0' },
    ],
    capabilities: { ...plain.capabilities, brNetfilter: false },
  };
}

/** What passes for replies to a made-up source when nothing is forwarded on bridges. */
function answers(view: HostView): number {
  const bridgeDrops = table('closed', [baseChain('forward', 'forward', 0, [rule(drop)])], 'bridge');
  const [source, destination] = [address('2001:db8:5::9'), address('fd17::8')];
  const space = spaceOf('ipv6', {
    view,
    rulesets: [bridgeDrops],
    cut: (cuts) => {
      for (const end of [source, destination]) cuts.addAddress(end);
    },
  });
  const { diagrams } = space;
  const set = diagrams.intersectAll(
    space.originsWhere(({ device }) => device === 'veth1'),
    space.address('source', source),
    space.address('destination', destination),
  );
  const kind = { direction: 'reply', state: stateBits.established, first: false } as const;
  const journey = new Journey(new Rules(space, [bridgeDrops]), kind, new Losses(space));
  return journey.reply([{ binding: untranslated, set }]).length;
}

const held = (text: string, scope: 'universe' | 'link') => ({
  address: address(text),
  length: 64,
  scope,
  deprecated: false,
});

test('the host is a gateway where its bridge has an address that others know', () => {
  expect(answers(hostWith(held('fd17::1', 'universe')))).toBe(1);
});

test('a link-local address makes no gateway: the answer stays on the bridge', () => {
  expect(answers(hostWith(held('fe80::1', 'link')))).toBe(0);
});
