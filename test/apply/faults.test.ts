/** The fault harness, thinned out; faults.kernel.test.ts runs all of it. */
import { faultTests } from './support/fault-scenarios.ts';

faultTests(11);
