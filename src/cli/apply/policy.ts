/** Policies for applying: read with everything they include, so that a plan can be made again from itself. */

import type { Artifact, Target } from '../../apply/artifact.ts';
import { rulesFile } from '../../apply/install/nftables.ts';
import type { PlannedPolicy } from '../../apply/plan/plan.ts';
import { sizeOf } from '../../apply/planning/describe-change.ts';
import type { PlanInput } from '../../apply/planning/make-plan.ts';
import { once } from '../../apply/planning/once.ts';
import { emitIptables } from '../../backends/iptables/emit.ts';
import { emitJson, withMetainfo } from '../../backends/nftables/emit-json.ts';
import { isJsonObject, type Json, type JsonObject } from '../../backends/nftables/json.ts';
import { type Compiled, compile } from '../../compile.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import { formatLock } from '../../lock/format.ts';
import { parseLock } from '../../lock/parse.ts';
import { compiledRules, type RuleTarget } from '../../proving/emitted-rules.ts';
import { chooseHost } from '../io/choose-host.ts';
import { describe } from '../io/document.ts';
import { CommandError } from '../io/exit-code.ts';
import { readIncluded, readSource } from '../io/files.ts';
import { parseMarkBit } from '../io/mark-bit.ts';
import { loadLock, saveLock } from '../io/policy-lock.ts';
import type { ToldProof } from '../io/proof.ts';
import type { PlanningOptions } from './options.ts';

export interface CompiledPolicy {
  readonly policy: PlannedPolicy;
  readonly compiled: Compiled | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Writes the lock file where addresses or ports were given out. */
  readonly saveLock: () => void;
}

export function compileFile(file: string, options: PlanningOptions): CompiledPolicy {
  const source = readSource(file);
  const loaded = loadLock(file, options);
  const includes: Record<string, string> = {};
  const markBit = parseMarkBit(options.markBit);
  const result = compile(
    source,
    (path) => {
      const read = readIncluded(path);
      if ('text' in read) includes[path] = read.text;
      return read;
    },
    loaded.lock,
    { markBit, target: parseTarget(options.target) === 'nftables' ? 'nftables' : 'iptables' },
  );
  const diagnostics = [...loaded.diagnostics, ...result.diagnostics];
  const isBroken = hasErrors(diagnostics) || result.compiled.length === 0;
  return {
    policy: { name: source.name, text: source.text, lock: formatLock(result.lock), includes, markBit },
    compiled: isBroken ? undefined : chooseHost(result.compiled, options.host),
    diagnostics,
    saveLock: () => saveLock(loaded, result.lock, options),
  };
}

/** Compiles a policy as a plan or a generation keeps it. */
export function compilePlanned(policy: PlannedPolicy, host: string, target: Target): Compiled {
  const lock = parseLock({ name: 'the kept lock', text: policy.lock }).lock;
  const result = compile(
    { name: policy.name, text: policy.text },
    (path) => {
      const text = Object.hasOwn(policy.includes, path) ? policy.includes[path] : undefined;
      return text === undefined ? { error: 'it is not among the files that were kept' } : { name: path, text };
    },
    lock,
    { markBit: policy.markBit, target: target === 'nftables' ? 'nftables' : 'iptables' },
  );
  if (result.compiled.length === 0)
    throw new CommandError(`the kept policy ${policy.name} does not compile with this version of ctfw`);
  return chooseHost(result.compiled, host);
}

export function parseTarget(text: string): Target {
  if (text === 'nft') return 'nftables';
  if (text === 'iptables') return 'iptables-nft';
  if (text === 'iptables-legacy') return 'iptables-legacy';
  throw new CommandError(`unknown target "${text}": nft, iptables or iptables-legacy`);
}

/** The emitted files of a host of the policy; `proof`: of its rules, where they were proved. */
export function artifactOf(
  compiled: Compiled,
  policy: PlannedPolicy,
  target: Target,
  version: string,
  proof: Pick<ToldProof, 'about' | 'written'> | undefined,
): Artifact {
  const metainfo = describe(compiled, {
    version,
    policy: { name: policy.name, text: policy.text },
    markBit: policy.markBit,
    proof: proof?.about,
  });
  // what is loaded is what was proved
  if (proof?.written.target === 'nft')
    return { target, files: { [rulesFile]: withMetainfo(proof.written.text, metainfo) } };
  return { target, files: emittedFiles(compiled, target, metainfo) };
}

function emittedFiles({ ruleset }: Compiled, target: Target, metainfo: JsonObject): Artifact['files'] {
  if (target === 'nftables') return { [rulesFile]: emitJson(ruleset, { metainfo }) };
  const { v4, v6, bridge, diagnostics } = emitIptables(ruleset);
  if (hasErrors(diagnostics)) throw new CommandError(diagnostics[0]?.message ?? 'iptables cannot say these rules');
  return { 'rules.v4': v4, 'rules.v6': v6, ...(bridge !== undefined && { 'rules.bridge': bridge }) };
}

/** Whether the rules of a stored plan are those that its policy compiles to: they are loaded as they stand in it. */
export function isCompiledTo(artifact: Artifact, compiled: Compiled): boolean {
  const { target, files } = artifact;
  const expected = emittedFiles(compiled, target, headOf(files[rulesFile] ?? ''));
  const names = Object.keys(expected);
  return names.length === Object.keys(files).length && names.every((name) => files[name] === expected[name]);
}

/** The head of an emitted document stands on its second line. */
export function headOf(text: string): JsonObject {
  try {
    const line = JSON.parse((text.split('\n', 2)[1] ?? '').replace(/,$/, '')) as Json;
    return isJsonObject(line) && isJsonObject(line.metainfo) ? line.metainfo : {};
  } catch {
    return {};
  }
}

export function planInput(
  compiled: Compiled,
  policy: PlannedPolicy,
  artifact: Artifact,
  version: string,
  proved = false,
): PlanInput {
  return {
    version,
    policy,
    model: compiled.model,
    host: compiled.host,
    declared: compiled.view,
    artifact,
    ruleset: once(() => ({
      tables: compiledRules(compiled, ruleTarget(artifact.target)).flatMap(({ tables }) => tables),
    })),
    size: sizeOf([compiled.ruleset]),
    proved,
  };
}

export function ruleTarget(target: Target): RuleTarget {
  return target === 'nftables' ? 'nft' : 'iptables';
}
