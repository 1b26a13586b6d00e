/** Diagnostics of reading rules that others wrote: nft listings, iptables-save, and our own documents. */
import type { CatalogueEntry } from '../entry.ts';

export const notJson: CatalogueEntry = {
  code: 'CTFW8001',
  severity: 'error',
  title: 'This is not JSON',
  explanation:
    'The file was read as nftables JSON, as `nft -j list ruleset` prints it, but its text stops being JSON at the place shown. ' +
    'Often the file was cut off, or it is the plain listing of `nft list ruleset`.',
  example: undefined,
};

export const notNftables: CatalogueEntry = {
  code: 'CTFW8002',
  severity: 'error',
  title: 'This JSON is not an nftables document',
  explanation:
    'An nftables document is an object with one list, `{"nftables": [...]}`. Make one with `nft -j list ruleset`; any other ' +
    'JSON holds no rules that could be judged.',
  example: undefined,
};

export const malformedObject: CatalogueEntry = {
  code: 'CTFW8003',
  severity: 'error',
  title: 'An object of an nftables document is incomplete',
  explanation:
    'Each object says what it is (a table, chain, rule, set or map) and where it belongs. One that lacks its table, name or ' +
    'hook, or names a table or chain that the document does not have, cannot be placed, and what it does is unknown: nothing ' +
    'said about the rest of the document may be trusted before it is mended.',
  example: undefined,
};

export const unsupportedCommand: CatalogueEntry = {
  code: 'CTFW8004',
  severity: 'error',
  title: 'A command whose outcome depends on what is loaded',
  explanation:
    'A document of commands is read as if it were loaded into an empty host. Commands that refer to rules by handle or ' +
    'position, or rename chains, do not say what comes out. Load the document in a network namespace and give the listing: ' +
    '`unshare -rn sh -c "nft -j -f FILE && nft -j list ruleset"`.',
  example: undefined,
};

export const unmodelledCollection: CatalogueEntry = {
  code: 'CTFW8005',
  severity: 'warning',
  title: 'A set or map that ctfw cannot read',
  explanation:
    'Its type or some of its elements are of a kind that ctfw does not model. Rules that look into it are kept as they are and ' +
    'treated as if they might match or not.',
  example: undefined,
};

export const unmodelledObject: CatalogueEntry = {
  code: 'CTFW8006',
  severity: 'hint',
  title: 'Objects that ctfw does not model',
  explanation:
    'Named counters, quotas, limits, conntrack helpers and flowtables are not part of what ctfw reads. Rules that use them are ' +
    'kept as they are; those whose effect on packets is not known count as not understood.',
  example: undefined,
};

export const readingDiagnostics: readonly CatalogueEntry[] = [
  notJson,
  notNftables,
  malformedObject,
  unsupportedCommand,
  unmodelledCollection,
  unmodelledObject,
];
