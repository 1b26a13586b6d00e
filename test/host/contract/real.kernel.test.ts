/** A real host keeps the contract, each test in a namespace of its own. */
import { realHost } from '../../../src/host/real/real-host.ts';
import { openNamespace } from '../../support/namespace.ts';
import { hostContract } from './contract.ts';

const open = async () => {
  const namespace = await openNamespace();
  return { host: realHost({ runner: namespace.runner }), close: namespace.close };
};

hostContract('in a namespace', open, 25);
