/** Policies that the tests of the language server are about. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The policy that uses most of the language. */
export const edge = readFileSync(resolve(import.meta.dirname, '../../examples/edge.ctfw'), 'utf8');

export const uri = 'file:///policies/main.ctfw';
export const path = '/policies/main.ctfw';
