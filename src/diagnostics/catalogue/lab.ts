/** Diagnostics of the kernel lab: what of a policy it does not build. */
import type { CatalogueEntry } from '../entry.ts';

export const notBuiltInLab: CatalogueEntry = {
  code: 'CTFW7001',
  severity: 'warning',
  title: 'the lab does not build this network',
  explanation: [
    'The kernel lab builds networks on Linux bridges. A network on a switch, on a physical interface or on macvlan is left out, and the',
    'containers in it are built without that attachment: what the lab says about the rest of the policy holds, and it says',
    'nothing about this network.',
  ].join('\n'),
  example: undefined, // compiling refuses such a network first; only the lab says this
};

export const labCatalogue: readonly CatalogueEntry[] = [notBuiltInLab];
