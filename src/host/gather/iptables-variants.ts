/** Which variants of the iptables tools are installed, by what they say of themselves. */
import type { IptablesVariant } from './gathered.ts';
import type { Runner } from './runner.ts';

const commands = ['iptables', 'ip6tables', 'ebtables'] as const;

/** Each variant once. Asking for the version loads nothing into the kernel. */
export async function gatherIptablesVariants(runner: Runner): Promise<readonly IptablesVariant[]> {
  return (await Promise.all(commands.map((command) => variantsOf(runner, command)))).flat();
}

async function variantsOf(runner: Runner, command: IptablesVariant['command']): Promise<readonly IptablesVariant[]> {
  const [plain, nft, legacy] = await Promise.all(
    ['', '-nft', '-legacy'].map((suffix) => versionOf(runner, `${command}${suffix}`)),
  );
  const found = [plain, nft, legacy].filter((version) => version !== undefined);
  return (['nft', 'legacy'] as const).flatMap((engine) => {
    const version = found.find((candidate) => candidate.engine === engine)?.version;
    return version === undefined ? [] : [{ command, engine, version, isDefault: plain?.engine === engine }];
  });
}

/** The command that runs a variant: the one without a suffix where that is it. */
export function commandOf({ command, engine, isDefault }: IptablesVariant): string {
  return isDefault ? command : `${command}-${engine}`;
}

interface Version {
  readonly engine: IptablesVariant['engine'];
  readonly version: string;
}

/** `iptables v1.8.9 (nf_tables)`, `ebtables 1.8.9 (nf_tables)`, `ebtables v2.0.11 (legacy) (December 2011)`; before 1.8 there was the legacy one only. */
async function versionOf(runner: Runner, command: string): Promise<Version | undefined> {
  const result = await runner(command, ['-V']);
  if (result.kind !== 'exited' || result.status !== 0) return undefined;
  const match = /^\S+ v?(\d+(?:\.\d+)*)/m.exec(result.stdout + result.stderr);
  if (match?.[1] === undefined) return undefined;
  const engine = /nf_tables/.test(result.stdout + result.stderr) ? 'nft' : 'legacy';
  return { engine, version: match[1] };
}
