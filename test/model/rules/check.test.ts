import { readdirSync } from 'node:fs';
import { join, resolve as resolvePath } from 'node:path';
import { describe, expect, test } from 'vitest';
import { emptyLock } from '../../../src/lock/lock.ts';
import { resolve } from '../../../src/model/resolve.ts';
import { checkModel } from '../../../src/model/rules/check.ts';
import { rules } from '../../../src/model/rules/index.ts';
import { parsed } from '../support.ts';

function check(text: string): ReturnType<typeof checkModel> {
  const file = parsed(text);
  return checkModel(resolve([file], emptyLock).model, [file]);
}

describe('a model', () => {
  test('without errors is checked, warnings and hints or not', () => {
    const { model, diagnostics } = check(
      'network a { subnet 10.0.0.0/24 }\ncontainer x { attach a; publish 8080:80 }\ndeny x -> x\nlink x -> x\n',
    );
    expect(new Set(diagnostics.map(({ severity }) => severity))).toEqual(new Set(['warning', 'hint']));
    expect(model?.containers).toHaveLength(1);
  });

  test('with an error is not', () => {
    const { model, diagnostics } = check('network a { subnet 10.0.0.0/24 }\ncontainer x { attach a 10.1.0.1 }\n');
    expect(diagnostics.map(({ code }) => code)).toEqual(['CTFW3001']);
    expect(model).toBeUndefined();
  });

  test('has its findings in the order of the text', () => {
    const { diagnostics } = check(
      'zone z = 10.0.0.0/24\nnetwork a { subnet 10.0.0.0/24 }\ncontainer x { attach a 10.1.0.1 }\ncontainer y { attach a; attach a }\nlink x -> y\n',
    );
    const starts = diagnostics.map(({ span }) => span.start);
    expect(starts).toEqual([...starts].sort((left, right) => left - right));
    expect(diagnostics.map(({ code }) => code)).toEqual(['CTFW3013', 'CTFW3001', 'CTFW3026', 'CTFW3009']);
  });
});

describe('the list of checks', () => {
  const root = resolvePath(import.meta.dirname, '../../..');
  const helpers = ['check.ts', 'index.ts', 'rule.ts', 'written.ts'];
  const files = readdirSync(join(root, 'src/model/rules')).filter((name) => !helpers.includes(name));

  test('holds every file of the folder', () => {
    expect(rules).toHaveLength(files.length);
    expect(new Set(rules).size).toBe(files.length);
  });

  test('has a test of the same name for each', () => {
    const tests = new Set(readdirSync(import.meta.dirname));
    expect(files.filter((name) => !tests.has(name.replace(/\.ts$/, '.test.ts')))).toEqual([]);
  });
});
