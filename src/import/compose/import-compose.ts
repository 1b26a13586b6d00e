/** A compose file as a policy: text -> YAML tree -> project -> places and names -> syntax tree. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import type { SourceFile } from '../../source/span.ts';
import type { PolicyFile } from '../../syntax/tree.ts';
import type { IgnoredKey } from '../reading/ignored.ts';
import { assignNames } from '../reading/policy-names.ts';
import { startReading } from '../reading/reading.ts';
import { containerBlock } from './container-block.ts';
import { linkStatements } from './link-statements.ts';
import { networkBlocks } from './network-block.ts';
import { placeServices } from './placement.ts';
import type { ComposeProject } from './project.ts';
import { readProject } from './project-reader.ts';
import type { Reading } from './reading.ts';
import { readYaml } from './yaml-tree.ts';

export interface ImportComposeOptions {
  /** The variables that values may refer to, as compose takes them from the shell and from `.env`. */
  readonly environment: Readonly<Record<string, string>>;
  /** The name of the project where the file has no `name`; compose takes that of the folder. */
  readonly projectName: string;
}

export interface ComposeImport {
  /** Undefined exactly when a diagnostic is an error: a policy that lacks something is never given out as a whole one. */
  readonly file: PolicyFile | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Keys that say nothing about networks, each once; every other key that was not imported has a diagnostic. */
  readonly ignored: readonly IgnoredKey[];
}

/**
 * Imports a compose file (compose-spec). The policy says what the engine would set up: a container for each service, a network for each
 * network, `publish`, `expose` and `link`. The spans of its statements lie in the compose file; the policy itself has no text yet. Never throws; the time is linear in the text.
 */
export function importCompose(source: SourceFile, options: ImportComposeOptions): ComposeImport {
  const yaml = readYaml(source);
  if (yaml.diagnostics.length > 0) return { file: undefined, diagnostics: yaml.diagnostics, ignored: [] };
  const { reading: started, result } = startReading(source);
  const reading: Reading = { ...started, environment: options.environment };
  const project = readProject(reading, yaml.root, options.projectName);
  const file = toPolicy(reading, project);
  const { diagnostics, ignored } = result();
  return { file: hasErrors(diagnostics) ? undefined : file, diagnostics, ignored };
}

function toPolicy(reading: Reading, project: ComposeProject): PolicyFile {
  const { source } = reading;
  const { byService, networks } = placeServices(reading, project);
  const names = assignNames(
    reading,
    project.services.map(({ key }) => key),
    networks.map(({ key }) => key),
    'service',
  );
  const links = linkStatements(reading, project, byService, names);
  const containers = project.services.flatMap((service) => {
    const placement = byService.get(service);
    return placement === undefined
      ? []
      : [containerBlock(reading, service, placement, names, links.targets.has(service))];
  });
  const unwritten: SourceFile = { name: source.name, text: '' };
  return {
    kind: 'file',
    source: unwritten,
    statements: [...networkBlocks(reading, networks, names), ...containers, ...links.statements],
    comments: [],
    span: { file: unwritten, start: 0, end: 0 },
  };
}
