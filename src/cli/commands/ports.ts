/** `ctfw ports FILE [CONTAINER]`: what `docker port` lists. */
import type { Command } from 'commander';
import { formatPortMapping, type PortMapping, portMappings } from '../../names/ports.ts';
import { formatAddress } from '../../net/address.ts';
import { formatVersion, parseFormat } from '../io/diagnostics.ts';
import { exitCode } from '../io/exit-code.ts';
import { writeOut } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';
import type { LockOptions } from '../io/policy-lock.ts';
import { containerNamed, loadModel } from '../io/policy-model.ts';

interface PortsOptions extends LockOptions {
  readonly format: string;
}

export function addPorts(program: Command, outcome: Outcome): void {
  program
    .command('ports')
    .description('list the published ports of a container, as docker port does; without a container, of all')
    .argument('<file>', 'the policy; - is standard input')
    .argument('[container]', 'the container')
    .option('--lock <path>', 'the lock file (default: FILE.lock)')
    .option('--format <format>', 'human or json', 'human')
    .action((file: string, name: string | undefined, options: PortsOptions) => {
      const format = parseFormat(options.format);
      const model = loadModel(file, options, format);
      if (model === undefined) {
        outcome.code = exitCode.refused;
        return;
      }
      const containers = name === undefined ? model.containers : [containerNamed(model, name)];
      const mappings = containers.flatMap(portMappings);
      if (format === 'json')
        writeOut(`${JSON.stringify({ formatVersion, ports: mappings.map(portToJson) }, undefined, 2)}\n`);
      else writeOut(name === undefined ? listAll(mappings) : mappings.map(line).join(''));
      const mode = name === undefined ? undefined : containers[0]?.mode;
      if (mode?.kind === 'shared' && format === 'human')
        process.stderr.write(
          `ctfw: "${name}" uses the network of "${mode.container}": ctfw ports ${file} ${mode.container}\n`,
        );
    });
}

const line = (mapping: PortMapping): string => `${formatPortMapping(mapping)}\n`;

function listAll(mappings: readonly PortMapping[]): string {
  const width = mappings.reduce((most, { container }) => Math.max(most, container.length), 0);
  return mappings.map((mapping) => `${mapping.container.padEnd(width)}  ${line(mapping)}`).join('');
}

function portToJson({ address, ...mapping }: PortMapping): object {
  const { container, containerPort, protocol, hostPort, from } = mapping;
  return { container, containerPort, protocol, address: formatAddress(address), hostPort, ...(from && { from }) };
}
