/** A policy's model for tests of names. */
import { check } from '../../src/compile.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import type { CheckedModel, Container } from '../../src/model/model.ts';

/** The model of a policy without errors; throws where it has any. */
export function modelOf(text: string): CheckedModel {
  const { model, diagnostics } = check({ name: 'test.ctfw', text }, () => ({ error: 'no such file' }), emptyLock);
  if (model === undefined) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return model;
}

export function containerOf(model: CheckedModel, name: string): Container {
  const found = model.containers.find((container) => container.name === name);
  if (found === undefined) throw new Error(`no container ${name}`);
  return found;
}
