/** What an engine runs as a policy: text -> JSON trees -> containers and networks -> places and names -> syntax tree. */
import { networksNotIsolated, notInspected, servedByProxy } from '../../diagnostics/catalogue/import.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { hasErrors, report } from '../../diagnostics/report.ts';
import type { SourceFile, Span } from '../../source/span.ts';
import type { PolicyFile } from '../../syntax/tree.ts';
import type { IgnoredKey } from '../reading/ignored.ts';
import { assignNames } from '../reading/policy-names.ts';
import { startReading } from '../reading/reading.ts';
import { shorten } from '../reading/shorten.ts';
import { containerBlock } from './container-block.ts';
import type { InspectedNetwork } from './inspected.ts';
import { readJsonDocuments } from './json-document.ts';
import { linkStatements } from './link-statements.ts';
import { networkBlocks } from './network-blocks.ts';
import { type InspectedObjects, readObjects } from './objects.ts';
import { placeContainers } from './placement.ts';
import { inspectReading, type Reading } from './reading.ts';

export interface DockerImport {
  /** Undefined exactly when a diagnostic is an error: a policy that lacks something is never given out as a whole one. */
  readonly file: PolicyFile | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Keys with values that say nothing about networks, each once; every other key that was not imported has a diagnostic. */
  readonly ignored: readonly IgnoredKey[];
}

/**
 * Imports what `docker inspect` (or `podman inspect`) prints about containers and networks. The policy says what the engine has
 * set up: addresses, bound ports, links. The spans of its statements lie in the JSON text; the policy itself has no text yet.
 * Never throws; the time is linear in the text, apart from sorting.
 */
export function importDocker(source: SourceFile): DockerImport {
  const json = readJsonDocuments(source);
  if (json.diagnostics.length > 0) return { file: undefined, diagnostics: json.diagnostics, ignored: [] };
  const { reading: started, result } = startReading(source);
  const { reading, finish } = inspectReading(started);
  const objects = readObjects(reading, json.roots);
  const file = toPolicy(reading, objects);
  finish();
  const { diagnostics, ignored } = result();
  return { file: hasErrors(diagnostics) ? undefined : file, diagnostics, ignored };
}

function toPolicy(reading: Reading, { containers, networks }: InspectedObjects): PolicyFile {
  const { source } = reading;
  if (containers.length === 0 && networks.length === 0)
    reading.add(
      report(
        notInspected,
        { file: source, start: 0, end: 0 },
        'There is no running container and no network in this document.',
        {
          help: 'Import what `docker inspect $(docker ps -q) $(docker network ls -q)` prints.',
        },
      ),
    );
  const placements = placeContainers(reading, containers, networks);
  const declared = networks.filter(({ kind }) => kind === 'bridge' || kind === 'macvlan');
  const names = assignNames(
    reading,
    containers.map(({ name }) => name),
    declared.map(({ name }) => name),
    'container',
  );
  const built = [...placements].map(([container, placement]) => containerBlock(reading, container, placement, names));
  reportProxied(
    reading,
    built.flatMap(({ proxied }) => proxied),
  );
  reportNotIsolated(reading, declared);
  const unwritten: SourceFile = { name: source.name, text: '' };
  return {
    kind: 'file',
    source: unwritten,
    statements: [
      ...networkBlocks(declared, placements, names),
      ...built.map(({ block }) => block),
      ...linkStatements(reading, placements, names),
    ],
    comments: [],
    span: { file: unwritten, start: 0, end: 0 },
  };
}

function reportProxied(reading: Reading, [first, ...others]: readonly Span[]): void {
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` The same is so for ${others.length} other ports.`;
  reading.add(
    report(
      servedByProxy,
      first,
      `This container has no IPv6 address: a program of the engine answers on \`[::]\` and connects by IPv4. The policy publishes IPv4.${more}`,
    ),
  );
}

/** Podman lets containers of different networks reach each other unless a network says `isolate`; a policy does not. */
function reportNotIsolated(reading: Reading, networks: readonly InspectedNetwork[]): void {
  const open = networks.filter(({ isolation }) => isolation === 'none');
  const [first] = open;
  if (first === undefined || networks.filter(({ isolation }) => isolation !== 'all').length < 2) return;
  const shown = open.slice(0, 5).map(({ name }) => `\`${shorten(name.text)}\``);
  reading.add(
    report(
      networksNotIsolated,
      first.span,
      `Podman lets containers of other networks reach ${shown.join(', ')}${open.length > 5 ? ` and ${open.length - 5} more` : ''}; the policy keeps networks apart.`,
      { help: 'Write `allow NETWORK -> NETWORK` where that is meant.' },
    ),
  );
}
