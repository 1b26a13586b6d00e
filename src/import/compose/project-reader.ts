/** The whole compose file, from its root: services and networks, and what stands beside them. */
import { badShape, noServices, notImported } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import { fieldsOf, readMapping } from '../reading/fields.ts';
import type { DocumentNode, MappingEntry } from '../reading/node.ts';
import { shorten } from '../reading/shorten.ts';
import { finishFields } from './fields.ts';
import { fileIrrelevant } from './known-keys.ts';
import { readNetwork } from './network.ts';
import type { ComposeProject } from './project.ts';
import type { Reading } from './reading.ts';
import { readService } from './service.ts';
import { readOptionalText } from './values.ts';

/** Reads a compose file. `projectName` is used where the file has no `name`. */
export function readProject(reading: Reading, root: DocumentNode | undefined, projectName: string): ComposeProject {
  const empty: ComposeProject = { name: projectName, services: [], networks: [], refusedNetworks: new Set() };
  const start = { file: reading.source, start: 0, end: 0 };
  const mapping = root === undefined ? undefined : readMapping(reading, root, 'A compose file');
  if (mapping === undefined) {
    if (root === undefined) reading.add(report(noServices, start, 'This file is empty.'));
    return empty;
  }
  const fields = fieldsOf(mapping);
  const included = fields.take('include');
  if (included !== undefined)
    reading.add(
      report(
        notImported,
        included.key.span,
        '`include` is not followed, so the services of the other files are unknown.',
        {
          help: 'Import the output of `docker compose config`, which holds everything in one file.',
        },
      ),
    );
  const name = readOptionalText(reading, fields.take('name'))?.value ?? projectName;
  const servicesEntry = fields.take('services');
  const services = members(reading, servicesEntry, 'services').flatMap((entry) => readService(reading, entry) ?? []);
  if (servicesEntry === undefined)
    reading.add(
      report(noServices, start, 'This file has no `services`.', {
        help: 'The first version of compose files had the services at the top level; put them below `services:`.',
      }),
    );
  const networkEntries = members(reading, fields.take('networks'), 'networks');
  const networks = networkEntries.flatMap((entry) => readNetwork(reading, entry, name) ?? []);
  const refusedNetworks = new Set(networkEntries.map(({ key }) => key.text));
  for (const { key } of networks) refusedNetworks.delete(key.text);
  finishFields(reading, fields, { scope: 'file', prefix: '', irrelevant: fileIrrelevant, what: 'a compose file' });
  return { name, services, networks, refusedNetworks };
}

/** The entries of `services` or `networks` whose names compose accepts; extension keys are noted as ignored. */
function members(reading: Reading, entry: MappingEntry | undefined, what: string): readonly MappingEntry[] {
  if (entry === undefined) return [];
  const mapping = readMapping(reading, entry.value, `\`${what}\``);
  return (mapping?.entries ?? []).filter(({ key }) => {
    if (/^[A-Za-z0-9._-]+$/.test(key.text)) return true;
    reading.add(
      report(
        badShape,
        key.span,
        `\`${shorten(key.text)}\` is no name that compose accepts: letters, digits, \`.\`, \`_\` and \`-\`.`,
      ),
    );
    return false;
  });
}
