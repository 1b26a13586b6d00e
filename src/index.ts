/** The library: the stages of the pipeline as functions on values, without I/O. */

export { emitJson } from './backends/nftables/emit-json.ts';
export { emitText } from './backends/nftables/emit-text.ts';
export { parseNftJson } from './backends/nftables/parse-json.ts';
export { type CheckResult, type Compiled, type CompileResult, check, compile } from './compile.ts';
export { catalogue } from './diagnostics/catalogue/index.ts';
export type { Diagnostic, DiagnosticCode, Severity } from './diagnostics/diagnostic.ts';
export { renderDiagnostics } from './diagnostics/render.ts';
export { type ExpectationResult, evaluateExpectations, formatFlow } from './expectations/evaluate.ts';
export { simulate } from './expectations/simulated/simulate.ts';
export type { HostView } from './host-view/host-view.ts';
export { importCompose } from './import/compose/import-compose.ts';
export { formatLock } from './lock/format.ts';
export { emptyLock, type Lock } from './lock/lock.ts';
export { parseLock } from './lock/parse.ts';
export type { CheckedModel, Model } from './model/model.ts';
export { type Address, formatAddress, parseAddress } from './net/address.ts';
export { type Decision, decide, type Meaning } from './policy/decide.ts';
export type { Flow } from './policy/flow.ts';

export { type MeaningSets, meaningSets } from './policy/sets/meaning-sets.ts';
export type { Ruleset } from './ruleset/ruleset.ts';
export {
  createSimulation,
  type Outcome,
  type Simulation,
  type SimulationOptions,
  type SimulationResult,
  type Way,
} from './simulator/simulation.ts';
export type { Origin, SourceFile, Span } from './source/span.ts';
export { parsePolicy as parse } from './syntax/parse.ts';
export { printPolicy as print } from './syntax/print.ts';
export type { PolicyFile } from './syntax/tree.ts';
export { type Counterexample, type Proof, prove as verify } from './verifier/verifier.ts';
