/** One service of a compose file: what it says about networks, and everything else noted as ignored. */
import {
  badShape,
  conflictingNetwork,
  networkSysctl,
  notImported,
  notSaid,
  profileKept,
  replicas,
} from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { DnsItem, Name, Written } from '../../syntax/tree.ts';
import { readDnsValues } from '../engine/dns-values.ts';
import { readDomainName } from '../reading/domain-name.ts';
import { type Fields, fieldsOf, readMapping } from '../reading/fields.ts';
import type { DocumentNode, MappingEntry } from '../reading/node.ts';
import { shorten } from '../reading/shorten.ts';
import { readAttachments, readMacAddress } from './attachment.ts';
import { finishFields } from './fields.ts';
import { deployIrrelevant, serviceIrrelevant, serviceUnsaid } from './known-keys.ts';
import { readExpose, readPorts } from './port.ts';
import type { ComposeLink, ComposeMode, ComposeService } from './project.ts';
import type { Reading } from './reading.ts';
import { readInteger, readItems, readOptionalText, readText, readTexts } from './values.ts';

/** Reads one service; undefined (and reported) when it is no mapping. */
export function readService(reading: Reading, entry: MappingEntry): ComposeService | undefined {
  const key: Name = { text: entry.key.text, span: entry.key.span };
  const mapping = readMapping(reading, entry.value, `The service \`${shorten(key.text)}\``);
  if (mapping === undefined) return undefined;
  const fields = fieldsOf(mapping);
  const extended = fields.take('extends');
  if (extended !== undefined)
    reading.add(
      report(
        notImported,
        extended.key.span,
        `\`extends\` is not followed, so what \`${shorten(key.text)}\` takes from elsewhere is unknown.`,
        {
          help: 'Import the output of `docker compose config`, which holds everything in one file.',
        },
      ),
    );
  const service: ComposeService = {
    key,
    containerName: readName(reading, fields.take('container_name'), 'alias'),
    hostname: readName(reading, fields.take('hostname'), 'host name'),
    mode: readMode(reading, fields),
    macAddress: readMacAddress(reading, fields.take('mac_address')),
    ports: readPorts(reading, fields.take('ports')),
    exposed: readExpose(reading, fields.take('expose')),
    links: readLinks(reading, fields.take('links')),
    dns: readDns(reading, fields),
    span: key.span,
  };
  reportSize(reading, fields, key);
  reportUnsaid(reading, fields);
  finishFields(reading, fields, { scope: 'service', prefix: '', irrelevant: serviceIrrelevant, what: 'a service' });
  return service;
}

function readName(reading: Reading, entry: MappingEntry | undefined, what: string): Name | undefined {
  const text = readOptionalText(reading, entry);
  return text === undefined ? undefined : readDomainName(reading, text, what);
}

/** `network_mode` and `networks`, of which a service has at most one. */
function readMode(reading: Reading, fields: Fields): ComposeMode {
  const modeEntry = fields.take('network_mode');
  const networksEntry = fields.take('networks');
  const attachments = readAttachments(reading, networksEntry);
  const mode = readOptionalText(reading, modeEntry);
  if (mode === undefined) return { kind: 'networks', attachments, span: fields.mapping.span };
  if (attachments !== undefined && networksEntry !== undefined)
    reading.add(
      report(conflictingNetwork, mode.span, 'A service has either `network_mode` or `networks`, not both.', {
        related: [{ span: networksEntry.key.span, message: '`networks` is here' }],
      }),
    );
  const { value, span } = mode;
  if (value === 'host' || value === 'none') return { kind: value, span };
  if (value === 'bridge' || value === 'default') return { kind: 'default-bridge', span };
  const shared = /^(service|container):(.*)$/s.exec(value);
  const name = shared?.[2];
  if (name === undefined) return { kind: 'engine-network', target: { text: value, span }, span };
  return { kind: shared?.[1] === 'service' ? 'service' : 'container', target: { text: name, span }, span };
}

/** The entries of `links`, `SERVICE` or `SERVICE:ALIAS`, each once. */
function readLinks(reading: Reading, entry: MappingEntry | undefined): readonly ComposeLink[] {
  const links = new Map<string, ComposeLink>();
  for (const item of readItems(reading, entry)) {
    const text = readText(reading, item, 'An entry of `links`');
    if (text === undefined) continue;
    const { value, span } = text;
    const colon = value.indexOf(':');
    const target = colon === -1 ? value : value.slice(0, colon);
    const written = colon === -1 ? target : value.slice(colon + 1);
    const alias = written === target ? undefined : readDomainName(reading, { value: written, span }, 'alias');
    const key = `${target}:${alias?.text ?? ''}`;
    if (!links.has(key)) links.set(key, { target: { text: target, span }, alias, span });
  }
  return [...links.values()];
}

function readDns(reading: Reading, fields: Fields): readonly DnsItem[] {
  const texts = (key: string): readonly Written<string>[] => readTexts(reading, fields.take(key));
  return readDnsValues(reading, texts('dns'), texts('dns_search'), texts('dns_opt'));
}

/** How many containers a service has; the policy has one for each service. */
function reportSize(reading: Reading, fields: Fields, key: Name): void {
  const deployEntry = fields.take('deploy');
  const deploy = deployEntry === undefined ? undefined : readMapping(reading, deployEntry.value, '`deploy`');
  const deployFields = deploy === undefined ? undefined : fieldsOf(deploy);
  const counts = [readInteger(reading, fields.take('scale')), readInteger(reading, deployFields?.take('replicas'))];
  for (const count of counts) {
    if (count === undefined || count.value === 1) continue;
    const what = count.value === 0 ? 'no container' : `${count.value} containers`;
    reading.add(
      report(
        replicas,
        count.span,
        `\`${shorten(key.text)}\` runs ${what}; in the policy one container stands for the service.`,
        {
          help: 'Declare the other containers beside it; a fixed port of the host can be published by one of them only.',
        },
      ),
    );
  }
  if (deployFields === undefined) return;
  const mode = deployFields.take('mode');
  const global = readOptionalText(reading, mode);
  if (global !== undefined && global.value !== 'replicated')
    reading.add(
      report(
        replicas,
        global.span,
        `\`${shorten(key.text)}\` runs on every node of a cluster; the policy has one container on one host.`,
      ),
    );
  const endpoints = deployFields.take('endpoint_mode');
  if (endpoints !== undefined)
    reading.add(
      report(notSaid, endpoints.key.span, '`endpoint_mode` belongs to a cluster and has no word in a policy.'),
    );
  finishFields(reading, deployFields, {
    scope: 'service',
    prefix: 'deploy.',
    irrelevant: deployIrrelevant,
    what: '`deploy`',
  });
}

function reportUnsaid(reading: Reading, fields: Fields): void {
  for (const [key, help] of serviceUnsaid) {
    const entry = fields.take(key);
    if (entry !== undefined)
      reading.add(
        report(notSaid, entry.key.span, `\`${key}\` has no word in a policy, so it was not imported.`, { help }),
      );
  }
  const profiles = fields.take('profiles');
  if (profiles !== undefined)
    reading.add(report(profileKept, profiles.key.span, 'The container is in the policy whatever profile is active.'));
  const sysctls = fields.take('sysctls');
  if (sysctls === undefined) return;
  const names = sysctlNames(reading, sysctls.value);
  const network = names.filter((name) => name.startsWith('net.'));
  if (network.length < names.length || names.length === 0) reading.ignore('service', 'sysctls', sysctls.key.span);
  if (network.length > 0)
    reading.add(
      report(
        networkSysctl,
        sysctls.key.span,
        `The network settings inside the container are not part of a policy: ${network.map(shorten).slice(0, 5).join(', ')}${network.length > 5 ? ', ...' : ''}.`,
        {
          help: 'A container that forwards for others sends from addresses that are not its own; its network then needs `spoofing allowed`.',
        },
      ),
    );
}

function sysctlNames(reading: Reading, node: DocumentNode): readonly string[] {
  if (node.kind === 'mapping') return node.entries.map((entry) => entry.key.text);
  if (node.kind === 'sequence')
    return node.items.flatMap((item) => (item.kind === 'scalar' ? [item.text.split('=')[0]?.trim() ?? ''] : []));
  if (!node.isNull) reading.add(report(badShape, node.span, '`sysctls` has to be a list or a mapping.'));
  return [];
}
