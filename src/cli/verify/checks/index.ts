/** Everything that `ctfw verify` checks, in the order in which it is told. */
import type { Check } from '../check.ts';
import { agreementCheck } from './agreement.ts';
import { expectationsCheck } from './expectations.ts';
import { kernelCheck } from './kernel.ts';

export const checks: readonly Check[] = [expectationsCheck, agreementCheck, kernelCheck];
