/** Small policies and what they compile to, for tests of applying. */

import type { Artifact } from '../../../src/apply/artifact.ts';
import type { JudgeConnections } from '../../../src/apply/engine/connections.ts';
import { meaningNow } from '../../../src/apply/planning/make-plan.ts';
import { connectionsToRemove } from '../../../src/apply/preflight/connections.ts';
import { emitIptables } from '../../../src/backends/iptables/emit.ts';
import { emitJson } from '../../../src/backends/nftables/emit-json.ts';
import { planInput } from '../../../src/cli/apply/policy.ts';
import { type Compiled, compile } from '../../../src/compile.ts';
import { emptyLock } from '../../../src/lock/lock.ts';

/** A host with one network; `web` publishes, `extra` is more of the policy. */
export function policyText(extra = ''): string {
  return `host edge {
  interface lan0 { address 192.0.2.1/24 }
  transit on
}
zone lan = 192.0.2.0/24 on lan0
network front { subnet 172.30.0.0/24; icc off }
container web { attach front 172.30.0.2; publish 8080:80 }
container db  { attach front 172.30.0.3; expose 5432/tcp }
link web -> db
${extra}
`;
}

export const withCache = policyText('container cache { attach front 172.30.0.4; publish 6379:6379 }');
export const withDeny = policyText('deny lan -> web 80/tcp');

const compiledBefore = new Map<string, Compiled>();

type Compiler = 'nftables' | 'iptables';

/** Compiled once a text: tests apply the same few policies hundreds of times. */
export function compiledOf(text: string, target: Compiler = 'nftables'): Compiled {
  const known = compiledBefore.get(target + text) ?? compileText(text, target);
  compiledBefore.set(target + text, known);
  return known;
}

function compileText(text: string, target: Compiler): Compiled {
  const { compiled, diagnostics } = compile({ name: 'policy.ctfw', text }, () => ({ error: 'no file' }), emptyLock, {
    markBit: 0x1000,
    target,
  });
  const [first] = compiled;
  if (first === undefined) throw new Error(`does not compile: ${diagnostics.map(({ message }) => message).join('; ')}`);
  return first;
}

const artifacts = new Map<string, Artifact>();

/** Emitted once for each policy. */
function emittedOnce(key: string, make: () => Artifact): Artifact {
  const artifact = artifacts.get(key) ?? make();
  artifacts.set(key, artifact);
  return artifact;
}

export function artifactOf(text: string): Artifact {
  return emittedOnce(`nftables ${text}`, () => ({
    target: 'nftables',
    files: { 'rules.json': emitJson(compiledOf(text).ruleset) },
  }));
}

export function iptablesArtifactOf(text: string): Artifact {
  return emittedOnce(`iptables ${text}`, () => {
    const { v4, v6, bridge } = emitIptables(compiledOf(text, 'iptables').ruleset);
    return { target: 'iptables-nft', files: { 'rules.v4': v4, 'rules.v6': v6, 'rules.bridge': bridge ?? '' } };
  });
}

/** As the program judges connections, with policies that are compiled once. */
export const judgeConnections: JudgeConnections = ({ policy, artifact, version }, inForce, reading) => {
  if (policy.text === '') return [];
  const compiled = compiledOf(policy.text, artifact.target === 'nftables' ? 'nftables' : 'iptables');
  const meaning = meaningNow(planInput(compiled, policy, artifact, version), reading);
  return connectionsToRemove(meaning, reading.connections ?? [], inForce);
};
