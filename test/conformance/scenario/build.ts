/** Builds the simulated network of a scenario. */
import type { Listener } from '../../../src/simulator/host/endpoints.ts';
import { type Link, Network } from '../../../src/simulator/network/network.ts';
import { Machine, macOf } from './machine.ts';
import type { HostConfig, Scenario } from './types.ts';

/** Ports of raw senders, for which hosts other than the router stay quiet. */
const quietPorts = { first: 40_000, last: 49_999 };

export interface Lab {
  readonly network: Network;
  readonly machines: ReadonlyMap<string, Machine>;
}

export function buildLab(scenario: Scenario): Lab {
  const machines = new Map(Object.entries(scenario.hosts).map(([name, config]) => [name, new Machine(name, config)]));
  const links = addLinks(scenario, machines);
  for (const [name, config] of Object.entries(scenario.hosts)) configure(machineOf(machines, name), config);
  const network = new Network({
    hosts: [...machines.values()].map((machine) => ({ view: machine.view() })),
    links,
    recordFrames: true,
  });
  for (const [name, config] of Object.entries(scenario.hosts)) {
    const { endpoints } = network.host(name);
    endpoints.rawProtocols = new Set(scenario.sctp ? [132] : []);
    endpoints.listeners = (config.listen ?? []).map(listenerOf);
    if (config.mute === undefined ? name !== 'router' : Boolean(config.mute)) endpoints.quietPorts = quietPorts;
  }
  return { network, machines };
}

export function machineOf(machines: ReadonlyMap<string, Machine>, name: string): Machine {
  const machine = machines.get(name);
  if (machine === undefined) throw new Error(`no host ${name}`);
  return machine;
}

function listenerOf(text: string): Listener {
  const [protocol, port = ''] = text.split('/');
  return {
    protocol: protocol === 'tcp' ? 'tcp' : 'udp',
    port: Number(port.replace('!', '')),
    answers: !port.endsWith('!'),
  };
}

/** Both ends of each cable, in the order in which the harness makes them; then bridges and other devices. */
function addLinks(scenario: Scenario, machines: ReadonlyMap<string, Machine>): Link[] {
  const links: Link[] = [];
  const done = new Set<string>();
  const add = (host: string, name: string): void => {
    const config = scenario.hosts[host]?.ifaces?.[name];
    machineOf(machines, host).addInterface(name, 'veth', macOf(host, name), config?.mtu ?? 1500, !config?.down);
  };
  for (const [host, { ifaces = {} }] of Object.entries(scenario.hosts)) {
    for (const [name, { peer }] of Object.entries(ifaces)) {
      if (peer === undefined || done.has(`${host}:${name}`)) continue;
      const [peerHost = '', peerName = ''] = peer.split(':');
      done.add(`${host}:${name}`).add(peer);
      add(host, name);
      add(peerHost, peerName);
      links.push({ from: { host, interface: name }, to: { host: peerHost, interface: peerName } });
    }
  }
  for (const [host, { ifaces = {} }] of Object.entries(scenario.hosts)) {
    for (const [name, config] of Object.entries(ifaces)) {
      if (name === 'lo' || config.type === undefined) continue;
      const kind = config.type === 'bridge' ? 'bridge' : 'other';
      machineOf(machines, host).addInterface(name, kind, macOf(host, name), config.mtu ?? 1500, !config.down);
    }
  }
  return links;
}

function configure(machine: Machine, config: HostConfig): void {
  for (const [name, { master, hairpin }] of Object.entries(config.ifaces ?? {})) {
    if (master !== undefined)
      machine.interface(name).bridgePort = { bridge: master, hairpin: Boolean(hairpin), isolated: false };
  }
  for (const [name, { addr = [] }] of Object.entries(config.ifaces ?? {})) {
    for (const text of addr) machine.addAddress([...text.split(/\s+/), 'dev', name]);
  }
  for (const text of config.routes ?? []) {
    const words = text.trim().split(/\s+/);
    if (words[0] === 'rule') machine.addRule(words.slice(words[1] === 'add' ? 2 : 1));
    else machine.changeRoute('add', words, false);
  }
}
