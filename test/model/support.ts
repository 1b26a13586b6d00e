/** Policies as text for the tests of this folder: parsed, resolved, checked. */
import { expect } from 'vitest';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { emptyLock, type Lock } from '../../src/lock/lock.ts';
import type { Container, Model, Network } from '../../src/model/model.ts';
import { type Resolved, resolve } from '../../src/model/resolve.ts';
import { checkModel } from '../../src/model/rules/check.ts';
import { formatAddress } from '../../src/net/address.ts';
import { parsePolicy } from '../../src/syntax/parse.ts';
import type { PolicyFile } from '../../src/syntax/tree.ts';

/** The tree of a policy that must be without syntax errors. */
export function parsed(text: string, name = 'policy.ctfw'): PolicyFile {
  const { file, diagnostics } = parsePolicy({ name, text });
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  return file;
}

export function resolved(text: string, lock: Lock = emptyLock): Resolved {
  return resolve([parsed(text)], lock);
}

/** The model of a policy that must resolve without anything to say. */
export function modelOf(text: string, lock: Lock = emptyLock): Model {
  const { model, diagnostics } = resolved(text, lock);
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  return model;
}

/** Everything that resolving and checking says about a policy. */
export function diagnosticsOf(text: string): readonly Diagnostic[] {
  const file = parsed(text);
  const { model, diagnostics } = resolve([file], emptyLock);
  return [...diagnostics, ...checkModel(model, [file]).diagnostics];
}

export function codesOf(text: string): string[] {
  return diagnosticsOf(text).map(({ code }) => code);
}

/** The text that a diagnostic underlines. */
export function placeOf({ span }: Diagnostic): string {
  return span.file.text.slice(span.start, span.end);
}

export function containerNamed(model: Model, name: string): Container {
  const found = model.containers.find((container) => container.name === name);
  if (found === undefined) throw new Error(`no container ${name}`);
  return found;
}

export function networkNamed(model: Model, name: string): Network {
  const found = model.networks.find((network) => network.name === name);
  if (found === undefined) throw new Error(`no network ${name}`);
  return found;
}

/** The addresses of a container, one text a network: `front 172.17.0.2 fd00::2`. */
export function addressesOf(model: Model, name: string): string[] {
  return containerNamed(model, name).endpoints.map(({ network, addresses }) =>
    [network.name, ...Object.values(addresses).map(formatAddress)].join(' '),
  );
}
