/** Names of services that nobody declared: the help says how to. */
import { expect, test } from 'vitest';
import { declarationOfService } from '../../src/model/well-known-services.ts';
import { parsePolicy } from '../../src/syntax/parse.ts';

test.each([
  ['https', 'service https = 443/tcp'],
  ['DNS', 'service DNS = 53/udp, 53/tcp'],
  ['our-own', 'service our-own = 8080/tcp'],
])('%s', (name, declaration) => {
  expect(declarationOfService(name)).toBe(declaration);
  expect(parsePolicy({ name: 'test.ctfw', text: declaration }).diagnostics).toEqual([]);
});
