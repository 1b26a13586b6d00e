/** The host in memory keeps the contract. */
import { MemoryHost } from '../../../src/host/memory/memory-host.ts';
import type { HostView } from '../../../src/host-view/host-view.ts';
import { hostContract } from './contract.ts';

const view: HostView = {
  source: 'gathered',
  name: 'memory',
  interfaces: [],
  routes: [],
  rules: [],
  neighbours: undefined,
  sysctls: { 'net.ipv4.ip_forward': '0' },
  capabilities: { brNetfilter: true, bridgeConntrack: false, bridgeName: false },
};

hostContract('in memory', async () => ({ host: new MemoryHost({ view }), close: () => {} }), 60);
