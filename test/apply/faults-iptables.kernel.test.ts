/** The whole fault harness for iptables. It needs no kernel, only patience: faults.test.ts runs a part of it. */
import { faultTests } from './support/fault-scenarios.ts';

faultTests(1, 'iptables');
