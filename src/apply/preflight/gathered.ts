/** Whether everything that the verdict rests on could be read. */
import { notGathered } from '../../diagnostics/catalogue/apply.ts';
import type { GatheredPart } from '../../host/gather/gathered.ts';
import { finding } from './finding.ts';
import type { Check } from './preflight.ts';

/** Without these there is no telling what the rules will do. */
const needed: ReadonlySet<GatheredPart> = new Set([
  'interfaces',
  'routes',
  'sysctls',
  'nftables',
  'iptables',
  'ebtables',
]);

/** Without the tool for these there is no host to judge; of rules, the kernel may still hold some that nobody here can read. */
const neededTools: ReadonlySet<GatheredPart> = new Set(['interfaces', 'routes']);

export const gathered: Check = ({ reading }) =>
  reading.missing.map(({ part, why, message }) => {
    const found = finding(notGathered, message);
    const isNeeded = (why === 'tool' ? neededTools : needed).has(part) && why !== 'inexact';
    return isNeeded ? found : { ...found, severity: 'warning' };
  });
