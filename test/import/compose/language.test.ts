/** What imports print is read back by the language: the same tree but for places, and the same meaning of every port. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve as resolvePath } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importCompose } from '../../../src/import/compose/import-compose.ts';
import { emptyLock } from '../../../src/lock/lock.ts';
import { resolve } from '../../../src/model/resolve.ts';
import { checkModel } from '../../../src/model/rules/check.ts';
import { parsePolicy } from '../../../src/syntax/parse.ts';
import { printPolicy } from '../../../src/syntax/print.ts';
import type { PolicyFile } from '../../../src/syntax/tree.ts';

/** A tree without its places. */
function withoutPlaces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) =>
      key === 'span' || key === 'source' || key === 'comments' ? [] : [[key, withoutPlaces(part)]],
    ),
  );
}

function expectRoundTrip(file: PolicyFile): void {
  const { file: parsed, diagnostics } = parsePolicy({ name: 'policy.ctfw', text: printPolicy(file) });
  expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
  expect(withoutPlaces(parsed)).toEqual(withoutPlaces(file));
}

const fixtures = resolvePath(import.meta.dirname, '../../../fixtures/compose');
const conformance = process.env.CTFW_CONFORMANCE_DIR;
const files = [
  ...readdirSync(fixtures).map((name) => join(fixtures, name, 'compose.yaml')),
  ...(conformance === undefined
    ? []
    : readdirSync(join(conformance, 'compose')).map((name) => join(conformance, 'compose', name))),
];

/** The errors of a policy text from its first character to the last check of its model. */
function errorsOf(text: string): readonly string[] {
  const { file, diagnostics } = parsePolicy({ name: 'policy.ctfw', text });
  const resolved = resolve([file], emptyLock);
  const checked = checkModel(resolved.model, [file]);
  return [...diagnostics, ...resolved.diagnostics, ...checked.diagnostics]
    .filter(({ severity }) => severity === 'error')
    .map(({ code, message }) => `${code} ${message}`);
}

describe.each(files)('%s', (path) => {
  const text = readFileSync(path, 'utf8');
  const { file, diagnostics } = importCompose({ name: 'compose.yaml', text }, { environment: {}, projectName: 'p' });

  test('is read back as it was made, and has no errors, or is refused with a reason', () => {
    if (file === undefined) {
      expect(diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
      return;
    }
    expectRoundTrip(file);
    expect(errorsOf(printPolicy(file))).toEqual([]);
  });
});

describe('the short syntax of ports', () => {
  const aPort = fc.integer({ min: 1, max: 65535 }).map(String);
  const aRange = fc
    .tuple(fc.integer({ min: 1, max: 65000 }), fc.integer({ min: 1, max: 65000 }), fc.integer({ min: 1, max: 500 }))
    .map(([host, container, more]) => `${host}-${host + more}:${container}-${container + more}`);
  const anAddress = fc.oneof(fc.constantFrom('127.0.0.1', '0.0.0.0', '192.168.1.5'), fc.ipV4());
  const protocol = fc.constantFrom('', '/tcp', '/udp', '/sctp');
  const form = fc.oneof(
    aPort,
    fc.tuple(aPort, aPort).map((parts) => parts.join(':')),
    aRange,
    fc.tuple(anAddress, aPort, aPort).map((parts) => parts.join(':')),
    fc.tuple(anAddress, aPort).map((parts) => parts.join('::')),
    fc.tuple(anAddress, aRange).map((parts) => parts.join(':')),
    fc
      .tuple(
        fc.ipV6().filter((address) => !/^[0:]*:0*1$/.test(address)),
        aPort,
        aPort,
      )
      .map(([address, host, container]) => `[${address}]:${host}:${container}`),
  );

  test('mean what they mean in a policy', () => {
    fc.assert(
      fc.property(form, protocol, (ports, suffix) => {
        const networks =
          'networks: {default: {enable_ipv6: true, ipam: {config: [{subnet: 10.0.0.0/8}, {subnet: "fd00::/64"}]}}}';
        const imported = importCompose(
          { name: 'compose.yaml', text: `services: {web: {ports: ["${ports}${suffix}"]}}\n${networks}` },
          { environment: {}, projectName: 'p' },
        );
        const written = parsePolicy({ name: 'policy.ctfw', text: `container web { publish ${ports}${suffix} }` });
        expect(written.diagnostics).toEqual([]);
        expect(publications(imported.file)).toEqual(publications(written.file));
      }),
    );
  });
});

function publications(file: PolicyFile | undefined): unknown {
  return file?.statements.flatMap((statement) =>
    statement.kind === 'container' ? statement.items.filter((item) => item.kind === 'publish').map(withoutPlaces) : [],
  );
}
