import { expect, test } from 'vitest';
import { exitCode } from '../../../src/cli/io/exit-code.ts';
import { containerNamed, refuseHostMode } from '../../../src/cli/io/policy-model.ts';
import { modelOf } from '../../names/support.ts';

const model = modelOf(`network front { subnet 172.17.0.0/16 }
container web { attach front }
container agent { network host }`);

test('a container is found by its name', () => {
  expect(containerNamed(model, 'web')).toMatchObject({ kind: 'container', name: 'web' });
});

test.each([
  ['wbe', 'the policy has no container "wbe"; did you mean web?'],
  ['database', 'the policy has no container "database" (there is: web, agent)'],
  ['front', '"front" is a network, not a container'],
])('%s is refused with a way out', (name, message) => {
  expect(() => containerNamed(model, name)).toThrow(expect.objectContaining({ message, exitCode: exitCode.refused }));
});

test('a container on the network of the host has no files of its own', () => {
  expect(() => refuseHostMode(containerNamed(model, 'agent'), '/etc/hosts')).toThrow(
    expect.objectContaining({ exitCode: exitCode.refused }),
  );
  expect(refuseHostMode(containerNamed(model, 'web'), '/etc/hosts')).toBe(undefined);
});
