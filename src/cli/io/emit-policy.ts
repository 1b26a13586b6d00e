/** The rules of one host, or of several, as the documents that compile writes: proved first, unless that is not wanted. */
import { join } from 'node:path';
import type { Compiled } from '../../compile.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import { type DocumentOptions, document, type Target } from './document.ts';
import { writeAtomically, writeFolder, writeOut } from './files.ts';
import { iptablesDocuments } from './iptables-documents.ts';

/** What follows the name of a host in a folder of several. */
const extension: Readonly<Record<Target, string>> = { 'nft-json': '.nft.json', nft: '.nft' };

export interface Emitted {
  /** With an error among them nothing is to be written. */
  readonly diagnostics: readonly Diagnostic[];
  /** Whether no proof failed. */
  readonly proved: boolean;
  readonly write: () => void;
}

export interface EmitOptions {
  readonly output?: string;
  readonly prove: boolean;
}

/** `hosts`: one goes to standard output, or into the file (for iptables the folder) of its own; several into a folder. */
export async function emitPolicy(
  target: Target | 'iptables',
  hosts: readonly Compiled[],
  { output, prove }: EmitOptions,
  about: Omit<DocumentOptions, 'proof'>,
): Promise<Emitted> {
  // the verifier is loaded where something is proved
  const proveHost = prove ? (await import('./proof.ts')).proveCompiled : undefined;
  const proofs = hosts.map((compiled) => proveHost?.(compiled, target === 'iptables' ? 'iptables' : 'nft'));
  const refused = proofs.flatMap((proof) => proof?.diagnostics ?? []);
  if (hasErrors(refused)) return { diagnostics: refused, proved: false, write: () => {} };
  const proved = hosts.map((compiled, index) => ({
    compiled,
    about: { ...about, proof: proofs[index]?.about, written: proofs[index]?.written },
  }));
  if (target === 'iptables') return emitIptables(proved, output ?? '');
  const texts = proved.map((one) => ({
    host: one.compiled.host.name,
    text: document(target, one.compiled, one.about),
  }));
  const [only, other] = texts;
  const write = (): void => {
    if (other !== undefined)
      writeFolder(
        output ?? '',
        texts.map(({ host, text }) => ({ name: `${host}${extension[target]}`, text })),
      );
    else if (output === undefined) writeOut(only?.text ?? '');
    else writeAtomically(output, only?.text ?? '');
  };
  return { diagnostics: [], proved: true, write };
}

/** Three files a host; of several hosts, in a folder each. */
function emitIptables(
  hosts: readonly { readonly compiled: Compiled; readonly about: DocumentOptions }[],
  output: string,
): Emitted {
  const documents = hosts.map(({ compiled, about }) => ({
    folder: hosts.length === 1 ? output : join(output, compiled.host.name),
    ...iptablesDocuments(compiled, about),
  }));
  return {
    diagnostics: documents.flatMap(({ diagnostics }) => diagnostics),
    proved: true,
    write: () => {
      for (const { folder, files } of documents) writeFolder(folder, files);
    },
  };
}
