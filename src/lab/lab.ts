/** A running lab: the network of a policy for real, to load rules into and to send packets through. */
import { startAgent } from './agent.ts';
import type { CommandResult, Place, WireProbe, WireResult } from './agent-protocol.ts';
import { classifyProbe } from './classify-probe.ts';
import { encodeMoves, encodeSysctl, encodeTopology } from './encode-topology.ts';
import { LabError } from './lab-error.ts';
import { type LoadResult, loadRules, type Rules } from './load-rules.ts';
import { probePlanner } from './plan-probe.ts';
import type { Probe, ProbeResult } from './probe.ts';
import type { NamespaceName, ServedPort, Topology } from './topology.ts';

export interface LabOptions {
  /** True: the lab may be kept running when this process ends; see `detach`. */
  readonly mayOutlive?: boolean;
  /** True: the NICs that a bridge is to take over are left as they were; `moveNics` does it. */
  readonly keepNics?: boolean;
}

export interface ProbeOptions {
  /** Milliseconds without any packet after which what has not arrived is lost; default 8, with switches 150. */
  readonly quietMs?: number;
  /** Milliseconds after which a batch is over although packets still move; default 3000. */
  readonly limitMs?: number;
}

export interface ExecOptions {
  readonly input?: string;
  /** Default 30 000. */
  readonly timeoutMs?: number;
}

export interface Lab {
  readonly topology: Topology;
  /** The process that holds the namespaces. */
  readonly pid: number;
  /** Its file descriptor of each namespace. */
  readonly descriptors: Readonly<Record<NamespaceName, number>>;
  /** Its descriptors of the mount and UTS namespace, where a namespace has names of its own. */
  readonly places: Readonly<Record<NamespaceName, Place>>;
  /** Loads rules into the host (or another namespace); what is loaded already stays. */
  readonly load: (rules: Rules, namespace?: NamespaceName) => Promise<LoadResult>;
  /** The host's rules as `nft -j list ruleset` prints them. */
  readonly list: (namespace?: NamespaceName) => Promise<string>;
  readonly probe: (probe: Probe, options?: ProbeOptions) => Promise<ProbeResult>;
  /** Sends many probes at once and waits once; results in the same order. Throws LabError for a probe that the lab has no place for. */
  readonly probeAll: (probes: readonly Probe[], options?: ProbeOptions) => Promise<readonly ProbeResult[]>;
  /** Accepts connections to these ports in every namespace. What the policy serves is accepted anyway. */
  readonly listen: (ports: readonly ServedPort[]) => Promise<void>;
  /** Sets a kernel setting by its dotted name, of the host unless said otherwise. */
  readonly setSysctl: (name: string, value: string, namespace?: NamespaceName) => Promise<void>;
  /** Forgets every connection that the host's conntrack knows. */
  readonly flushConnections: (namespace?: NamespaceName) => Promise<void>;
  /** Runs a command in a namespace. */
  readonly exec: (
    namespace: NamespaceName,
    command: readonly string[],
    options?: ExecOptions,
  ) => Promise<CommandResult>;
  /** Lets bridges take over the NICs that they are on, step by step, with pauses between the steps. */
  readonly moveNics: (pauseMs?: number) => Promise<void>;
  /** From now on the end of this process is not the end of the lab. */
  readonly detach: () => Promise<void>;
  /** Ends the lab: every namespace, wire and process of it. */
  readonly close: () => Promise<void>;
}

/** Most probes in one request: bounds what waits in socket buffers. */
const batchSize = 512;
const defaultQuietMs = 8;
/** A switch is a process, which has to get its turn on the machine. */
const quietMsWithSwitches = 150;
const defaultLimitMs = 3000;

/** Builds a topology. Rejects with LabError when this machine cannot (see `missingForLab`) or the kernel refuses a part of it. */
export async function buildLab(topology: Topology, options: LabOptions = {}): Promise<Lab> {
  const agent = await startAgent(options);
  try {
    const { descriptors, places } = await agent.ask('build', encodeTopology(topology));
    const listen = async (ports: readonly ServedPort[]): Promise<void> => {
      for (const protocol of ['tcp', 'udp'] as const) {
        const wanted = ports.filter((served) => served.protocol === protocol).map(({ port }) => port);
        if (wanted.length > 0) await agent.ask('listen', { protocol, ports: wanted });
      }
    };
    await listen(topology.served);
    const moveNics: Lab['moveNics'] = async (pauseMs = 0) => {
      for (const move of encodeMoves(topology, pauseMs)) await agent.ask('move', move);
    };
    if (options.keepNics !== true) await moveNics();
    const exec: Lab['exec'] = (namespace, command, { input = '', timeoutMs = 30_000 } = {}) =>
      agent.ask('exec', { namespace, command, input, timeoutMs });
    const plan = probePlanner(topology);
    const probeAll: Lab['probeAll'] = async (
      probes,
      { quietMs = quietMsOf(topology), limitMs = defaultLimitMs } = {},
    ) => {
      const planned = probes.map(plan);
      const results: ProbeResult[] = [];
      for (let start = 0; start < planned.length; start += batchSize) {
        const batch = planned.slice(start, start + batchSize);
        const answer = await agent.ask('probe', { probes: batch, quietMs, limitMs });
        for (const [index, probe] of batch.entries()) results.push(classify(probe, answer.results[index]));
      }
      return results;
    };
    return {
      topology,
      pid: agent.pid,
      descriptors,
      places,
      load: (rules, namespace = topology.host) => loadRules(exec, rules, namespace),
      list: async (namespace = topology.host) => {
        const result = await exec(namespace, ['nft', '-j', 'list', 'ruleset']);
        if (result.status !== 0) throw new LabError(`The rules could not be listed: ${result.stderr.trim()}`);
        return result.stdout;
      },
      probe: async (probe, probeOptions) => {
        const [result] = await probeAll([probe], probeOptions);
        if (result === undefined) throw new LabError('The probe has no result.');
        return result;
      },
      probeAll,
      listen,
      setSysctl: async (name, value, namespace = topology.host) => {
        await agent.ask('sysctl', { namespace, values: [encodeSysctl({ name, value })] });
      },
      flushConnections: async (namespace = topology.host) => {
        await agent.ask('flush-connections', { namespace });
      },
      exec,
      moveNics,
      detach: async () => {
        await agent.ask('detach', {});
      },
      close: agent.stop,
    };
  } catch (error) {
    await agent.stop();
    throw error;
  }
}

function quietMsOf({ namespaces }: Topology): number {
  return namespaces.some(({ switches = [] }) => switches.length > 0) ? quietMsWithSwitches : defaultQuietMs;
}

function classify(probe: WireProbe, result: WireResult | undefined): ProbeResult {
  if (result === undefined) throw new LabError('The lab gave fewer results than there were probes.');
  return classifyProbe(probe, result);
}
