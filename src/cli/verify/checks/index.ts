/** Everything that `ctfw verify` checks, in the order in which it is told. */
import type { Check } from '../check.ts';
import { agreementCheck } from './agreement.ts';
import { expectationsCheck } from './expectations.ts';
import { coverageCheck, findingsCheck } from './findings.ts';
import { kernelCheck } from './kernel.ts';
import { proofCheck } from './proof.ts';

export const checks: readonly Check[] = [
  expectationsCheck,
  proofCheck,
  agreementCheck,
  findingsCheck,
  coverageCheck,
  kernelCheck,
];
