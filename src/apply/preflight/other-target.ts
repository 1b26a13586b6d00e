/** Rules of ctfw for another target: they would stay beside these, and both decide about every packet. */
import { otherTargetInForce } from '../../diagnostics/catalogue/apply.ts';
import type { Target } from '../artifact.ts';
import { ownTargets } from '../install/own-targets.ts';
import { finding } from './finding.ts';
import type { Check } from './preflight.ts';

export const otherTarget: Check = ({ reading, artifact }) =>
  [...ownTargets(reading)]
    .filter(([target]) => target !== artifact.target)
    .map(([target, tables]) =>
      finding(
        otherTargetInForce,
        `rules of ctfw for ${target} are on this host (${tables.join(', ')}), and would go on deciding beside these`,
        {
          help: `take them away first: \`ctfw rollback 0\`; what ctfw apply knows nothing of is taken over with \`ctfw apply FILE -t ${words[target]}\` before that`,
        },
      ),
    );

const words: Readonly<Record<Target, string>> = {
  nftables: 'nft',
  'iptables-nft': 'iptables',
  'iptables-legacy': 'iptables-legacy',
};
