/** The model of a policy for commands that only look something up in it: no warnings, no rules, nothing written. */
import { check } from '../../compile.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import { suggest } from '../../diagnostics/suggest.ts';
import { sameLock } from '../../lock/format.ts';
import type { CheckedModel, Container, Model } from '../../model/model.ts';
import { type OutputFormat, sayDiagnostics } from './diagnostics.ts';
import { CommandError, exitCode } from './exit-code.ts';
import { readIncluded, readSource } from './files.ts';
import { type LockOptions, loadLock } from './policy-lock.ts';

/** Reads and checks a policy; says its errors and gives undefined where it has any. */
export function loadModel(file: string, options: LockOptions, format: OutputFormat): CheckedModel | undefined {
  const loaded = loadLock(file, options);
  const { diagnostics, model, lock } = check(readSource(file), readIncluded, loaded.lock);
  const all = [...loaded.diagnostics, ...diagnostics];
  if (model === undefined || hasErrors(all)) {
    sayDiagnostics(
      all.filter(({ severity }) => severity === 'error'),
      format,
    );
    return undefined;
  }
  if (!sameLock(loaded.lock, lock) && format === 'human')
    process.stderr.write(
      `ctfw: ${loaded.path ?? 'no lock file'} does not hold all addresses and ports of this policy yet: ctfw compile writes them down, until then edits may move them\n`,
    );
  return model;
}

/** The container of a name. Throws CommandError (the input is wrong) with what was probably meant. */
export function containerNamed(model: Model, name: string): Container {
  const container = model.containers.find((one) => one.name === name);
  if (container !== undefined) return container;
  const others: readonly { readonly kind: string; readonly name: string }[] = [
    ...model.hosts.filter(({ declared }) => declared),
    ...model.networks,
    ...model.zones,
  ];
  const other = others.find((one) => one.name === name);
  if (other !== undefined) throw new CommandError(`"${name}" is a ${other.kind}, not a container`, exitCode.refused);
  const names = model.containers.map((one) => one.name);
  const near = suggest(name, names);
  const hint =
    near !== undefined ? `; did you mean ${near}?` : names.length === 0 ? ': it has none' : ` (${firstOf(names)})`;
  throw new CommandError(`the policy has no container "${name}"${hint}`, exitCode.refused);
}

/** A container in mode `host` has no files of its own. Throws CommandError. */
export function refuseHostMode(container: Container, path: string): void {
  if (container.mode.kind === 'host')
    throw new CommandError(
      `"${container.name}" uses the host's own network and reads the host's own ${path}, which the policy does not know`,
      exitCode.refused,
    );
}

const mostNames = 12;

function firstOf(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).join(', ');
  return names.length > mostNames ? `there are ${names.length}: ${shown}, ...` : `there is: ${shown}`;
}
