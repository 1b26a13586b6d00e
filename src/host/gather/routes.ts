/** Routes of all tables, from `ip -j -d route show table all`. */
import type { RouteView } from '../../host-view/host-view.ts';
import type { JsonReader } from '../../host-view/json-reader.ts';
import { type Address, type Family, families } from '../../net/address.ts';
import { hostPrefix, type Prefix, wholeFamily } from '../../net/prefix.ts';
import type { Missing } from './gathered.ts';
import { type Gathered, gatherJson } from './part.ts';
import type { Runner } from './runner.ts';

/** The kernel's metric of IPv6 routes that are added without one. */
const defaultMetric6 = 1024;

export async function gatherRoutes(runner: Runner): Promise<Gathered<readonly RouteView[]>> {
  const missing: Missing[] = [];
  const routes: RouteView[] = [];
  for (const family of families) {
    const option = family === 'ipv4' ? '-4' : '-6';
    const command = ['ip', option, '-j', '-d', 'route', 'show', 'table', 'all'] as const;
    const read = await gatherJson(runner, 'routes', command, (document) =>
      document.items().flatMap((item) => route(item, family, missing)),
    );
    missing.push(...read.missing);
    routes.push(...(read.value ?? []));
  }
  return { value: routes, missing };
}

/** Kinds that the kernel makes from addresses by itself: the view says them by the addresses. */
const automatic: ReadonlySet<string> = new Set(['broadcast', 'multicast', 'anycast']);

function route(item: JsonReader, family: Family, missing: Missing[]): readonly RouteView[] {
  const type = item.optional('type', (reader) => reader.text()) ?? 'unicast';
  const table = item.optional('table', (reader) => reader.text()) ?? 'main';
  const flags = item.optional('flags', (reader) => reader.items().map((flag) => flag.text())) ?? [];
  const protocol = item.optional('protocol', (reader) => reader.text());
  if (automatic.has(type) || (type === 'local' && protocol === 'kernel') || flags.includes('dead')) return [];
  const said = item.field('dst').text();
  const inexact = (what: string): void => {
    missing.push({
      part: 'routes',
      why: 'inexact',
      message: `The route to ${said} in table ${table} ${what}.`,
    });
  };
  if (type !== 'unicast' && type !== 'unreachable' && type !== 'prohibit' && type !== 'blackhole') {
    inexact(`is of type ${type}, which the view does not hold; it is left out`);
    return [];
  }
  const hops = item.optional('nexthops', (reader) => reader.items()) ?? [];
  if (hops.length > 1) inexact('has several next hops; only the first is in the view');
  if (item.optional('src', (reader) => reader.text()) !== undefined || item.optional('from', () => true))
    inexact('depends on the source address, which the view does not hold');
  const hop = hops[0] ?? item;
  const preferredSource = item.optional('prefsrc', (reader) => reader.address());
  const view: RouteView = {
    destination: destination(item.field('dst'), family),
    via: nextHop(hop),
    interface: hop.optional('dev', (reader) => reader.text()),
    kind: type,
    metric:
      item.optional('metric', (reader) => reader.integer(0, 0xffff_ffff)) ?? (family === 'ipv6' ? defaultMetric6 : 0),
    table,
  };
  return [preferredSource === undefined ? view : { ...view, preferredSource }];
}

function destination(reader: JsonReader, family: Family): Prefix {
  const text = reader.text();
  if (text === 'default') return wholeFamily(family);
  return text.includes('/') ? reader.prefix() : hostPrefix(reader.address());
}

/** `via` is how a next hop of the other family is written. */
function nextHop(item: JsonReader): Address | undefined {
  return (
    item.optional('gateway', (reader) => reader.address()) ??
    item.optional('via', (reader) => reader.field('host').address())
  );
}
