/** Every target extension that has a meaning in the ruleset, and those that are known not to change a verdict. */
import type { TargetModule } from '../text/module.ts';
import { log, nflog } from './log.ts';
import { connmark, mark } from './marks.ts';
import { dnat, masquerade, redirect, snat } from './nat.ts';
import { reject } from './reject.ts';
import { acceptTarget, continueTarget, ctTarget, dropTarget, notrackTarget, queue, returnTarget } from './verdicts.ts';

export const targetModules: readonly TargetModule[] = [
  acceptTarget,
  dropTarget,
  returnTarget,
  notrackTarget,
  queue,
  ctTarget,
  reject,
  log,
  nflog,
  dnat,
  snat,
  masquerade,
  redirect,
  mark,
  connmark,
];

/** What a bridge rule may end in besides a chain. */
export const bridgeTargetModules: readonly TargetModule[] = [acceptTarget, dropTarget, returnTarget, continueTarget];

/** Targets that go on with the next rule and change nothing that decides: kept verbatim without effect. */
export const harmlessTargets: ReadonlySet<string> = new Set([
  'AUDIT',
  'CHECKSUM',
  'CLASSIFY',
  'CONNSECMARK',
  'DSCP',
  'ECN',
  'HL',
  'IDLETIMER',
  'LED',
  'LOG',
  'NFLOG',
  'RATEEST',
  'SECMARK',
  'TCPMSS',
  'TCPOPTSTRIP',
  'TOS',
  'TRACE',
  'TTL',
  'ULOG',
]);
