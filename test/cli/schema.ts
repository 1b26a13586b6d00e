/** The published schemas, ready to hold a document against. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

const folder = resolve(import.meta.dirname, '../../docs/schemas');

/** What is wrong with a document; empty: it is as published. */
export function schemaErrors(
  name: 'trace' | 'verify' | 'host-view' | 'diff' | 'matrix',
  document: unknown,
): readonly string[] {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false });
  const validate = ajv.compile(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')));
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
}
