/** A lab host is gathered and looks as its policy says; what is gathered changes nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emitJson } from '../../../src/backends/nftables/emit-json.ts';
import { parseNftJson } from '../../../src/backends/nftables/parse-json.ts';
import { type Compiled, compile } from '../../../src/compile.ts';
import { gatherHost } from '../../../src/host/gather/gather.ts';
import type { GatheredHost } from '../../../src/host/gather/gathered.ts';
import type { Runner } from '../../../src/host/gather/runner.ts';
import { formatHostView, parseHostView } from '../../../src/host-view/json.ts';
import { labTopology } from '../../../src/lab/build-topology.ts';
import { buildLab, type Lab } from '../../../src/lab/lab.ts';
import { hostNamespace } from '../../../src/lab/topology.ts';
import { emptyLock } from '../../../src/lock/lock.ts';
import { formatPrefix } from '../../../src/net/prefix.ts';
import { fixturesOf, includeReader } from '../../support/fixtures.ts';

let lab: Lab;
let compiled: Compiled;
let gathered: GatheredHost;
let before: string;

/** What the gathering must leave as it is. */
async function state(): Promise<string> {
  const read = async (...command: string[]): Promise<string> => (await lab.exec(hostNamespace, command)).stdout;
  return [
    await read('nft', 'list', 'ruleset'),
    await read('ip', 'address', 'show'),
    await read('ip', 'route', 'show', 'table', 'all'),
    await read('cat', '/proc/net/ip_tables_names', '/proc/net/ip6_tables_names', '/proc/net/arp_tables_names'),
  ].join('\n');
}

/** The state once the kernel has brought up every link: routes to link-local addresses appear up to a second after the interfaces. */
async function settledState(): Promise<string> {
  const deadline = Date.now() + 15_000;
  let last = await state();
  for (let since = Date.now(); Date.now() - since < 1500; ) {
    if (Date.now() > deadline) throw new Error('the host does not come to rest');
    await sleep(100);
    const now = await state();
    if (now !== last) [last, since] = [now, Date.now()];
  }
  return last;
}

beforeAll(async () => {
  const fixture = fixturesOf('valid').find(({ name }) => name === 'edge');
  if (fixture === undefined) throw new Error('no fixture edge');
  const [host] = compile(fixture.policy, includeReader(fixture), emptyLock).compiled;
  if (host === undefined) throw new Error('not compiled');
  compiled = host;
  lab = await buildLab(labTopology(host.model, host.host, { brNetfilter: true }));
  expect(await lab.load({ kind: 'nft-json', text: emitJson(host.ruleset) })).toEqual({ loaded: true });
  const runner: Runner = async (command, args, options = {}) => {
    const input = options.input === undefined ? {} : { input: options.input };
    return { kind: 'exited', ...(await lab.exec(hostNamespace, [command, ...args], input)) };
  };
  before = await settledState();
  gathered = await gatherHost({ runner, name: host.host.name });
});
afterAll(() => lab.close());

test('nothing is missing', () => {
  expect(gathered.missing).toEqual([]);
});

test('interfaces, addresses and bridges are those that the policy declares', () => {
  const words = ({ view }: { readonly view: Compiled['view'] }, names: ReadonlySet<string>): string[] =>
    view.interfaces
      .filter(({ name }) => names.has(name))
      .flatMap(({ name, kind, mtu, addresses }) => {
        const held = addresses.filter(({ scope }) => scope === 'universe').map(formatPrefix);
        return [`${name} ${mtu} ${kind === 'bridge' || kind === 'loopback' ? kind : ''} ${held.join(' ')}`];
      })
      .sort();
  const declared = new Set(
    compiled.view.interfaces.flatMap(({ name, bridgePort }) => (bridgePort === undefined ? [name] : [])),
  );
  expect(declared.size).toBeGreaterThan(3);
  expect(words(gathered, declared)).toEqual(words(compiled, declared));
  const portsOf = (view: Compiled['view'], bridge: string): number =>
    view.interfaces.filter(({ bridgePort }) => bridgePort?.bridge === bridge).length;
  for (const { name, kind } of compiled.view.interfaces)
    if (kind === 'bridge') expect([name, portsOf(gathered.view, name)]).toEqual([name, portsOf(compiled.view, name)]);
});

test('every declared route and setting is there', () => {
  const routes = ({ view }: { readonly view: Compiled['view'] }): string[] =>
    view.routes.map(
      ({ destination, interface: name, kind, table }) => `${formatPrefix(destination)} ${name} ${kind} ${table}`,
    );
  expect(routes(gathered)).toEqual(expect.arrayContaining(routes(compiled)));
  expect(gathered.view.sysctls).toMatchObject(compiled.view.sysctls);
  expect(gathered.view.capabilities.brNetfilter).toBe(true);
});

test('the rules are those that were loaded', () => {
  const emitted = parseNftJson(emitJson(compiled.ruleset), 'emitted').ruleset;
  expect(gathered.rulesets.map(({ file }) => file)).toEqual(['nft.json']);
  const names = (tables: typeof emitted.tables): string[] =>
    tables.map(({ family, name }) => `${family} ${name}`).sort();
  expect(names(gathered.rulesets[0]?.ruleset.tables ?? [])).toEqual(names(emitted.tables));
});

test('the view is the same after a journey through a file', () => {
  expect(parseHostView(formatHostView(gathered.view))).toEqual({ kind: 'read', value: gathered.view });
});

test('nothing has changed on the host', async () => {
  expect(await state()).toBe(before);
});
