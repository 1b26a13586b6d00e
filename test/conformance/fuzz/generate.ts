/** Random cases: a network, rules in both syntaxes on one or two routers, and conversations. */
import type { FuzzCase, RuleBlock, Shape } from './case.ts';
import { engineBlocks } from './engine-rules.ts';
import { iptablesBlocks } from './iptables-rules.ts';
import { nftBlocks } from './nft-rules.ts';
import { steps } from './probes.ts';
import type { Random } from './random.ts';

export function generate(random: Random): FuzzCase {
  const shape: Shape = {
    hairpin: random.once(3),
    twoRouters: random.once(4),
    isolated: random.once(10),
    manyAddresses: random.once(4),
    policyRouting: random.once(8),
  };
  return { sysctls: sysctls(random), shape, blocks: blocks(random, shape), steps: steps(random) };
}

function blocks(random: Random, shape: Shape): RuleBlock[] {
  const chosen: RuleBlock[] = [];
  const kind = random.below(6);
  if (kind === 0 || kind === 5) chosen.push(...iptablesBlocks(random, random.once(4) ? 'legacy' : 'nft'));
  if (kind === 1) chosen.push(...engineBlocks(random));
  if (kind >= 2) chosen.push(...nftBlocks(random));
  if (kind === 1 && random.once(3)) chosen.unshift(...nftBlocks(random).slice(0, 2));
  if (shape.twoRouters && random.once(2))
    chosen.push(
      ...nftBlocks(random)
        .slice(0, 2)
        .map((block) => ({ ...block, host: 'isp' as const })),
    );
  return chosen;
}

function sysctls(random: Random): Record<string, string | number> {
  const bridge = random.below(2);
  const settings: Record<string, number> = {
    'net.bridge.bridge-nf-call-iptables': bridge,
    'net.bridge.bridge-nf-call-ip6tables': random.once(6) ? 1 - bridge : bridge,
  };
  if (random.once(5)) settings['net.ipv4.conf.all.rp_filter'] = random.below(3);
  if (random.once(12)) settings['net.ipv4.conf.eth0.rp_filter'] = 1 + random.below(2);
  if (random.once(8)) settings['net.ipv4.conf.all.route_localnet'] = 1;
  if (random.once(12)) settings['net.ipv4.ip_forward'] = 0;
  if (random.once(12)) settings['net.ipv4.conf.all.accept_local'] = 1;
  if (random.once(12)) settings['net.ipv4.conf.all.send_redirects'] = 1;
  if (random.once(12)) settings['net.ipv4.conf.all.src_valid_mark'] = 1;
  return settings;
}
