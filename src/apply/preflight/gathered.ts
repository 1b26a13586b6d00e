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

export const gathered: Check = ({ reading }) =>
  reading.missing
    .filter(({ why }) => why !== 'tool')
    .map(({ part, why, message }) => {
      const found = finding(notGathered, message);
      return needed.has(part) && why !== 'inexact' ? found : { ...found, severity: 'warning' };
    });
