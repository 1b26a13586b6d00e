/** What is open in the editor, and what is known about the policies that it belongs to. */
import type { SourceFile } from '../../source/span.ts';
import type { PolicyFile } from '../../syntax/tree.ts';
import { type Analysis, analyse, fileNamed } from './analysis.ts';
import type { Disk } from './disk.ts';
import { Includers } from './includers.ts';
import { type OpenDocuments, type ReadText, Texts } from './texts.ts';
import { isPath } from './uri.ts';

/** An analysis, and the texts that it rests on: it holds as long as they are the same. */
interface KeptAnalysis {
  readonly analysis: Analysis;
  readonly inputs: ReadonlyMap<string, ReadText>;
}

/** A document as part of one policy. */
export interface Part {
  readonly analysis: Analysis;
  readonly file: PolicyFile;
}

export class Workspace {
  readonly texts: Texts;
  readonly includers: Includers;
  readonly #kept = new Map<string, KeptAnalysis>();

  constructor(documents: OpenDocuments, disk: Disk) {
    this.texts = new Texts(documents, disk);
    this.includers = new Includers(this.texts, disk);
  }

  /** The analyses of all policies that open documents belong to. What is known of others is forgotten. */
  analyses(): readonly Analysis[] {
    const names = this.texts.openNames().filter((name) => !isLockName(name));
    const roots = new Set(names.flatMap((name) => this.includers.rootsOf(name)));
    for (const root of this.#kept.keys()) if (!roots.has(root)) this.#kept.delete(root);
    return [...roots].flatMap((root) => this.#analysisOf(root) ?? []);
  }

  /** The policies that a document is part of, the document in each of them. */
  partsOf(name: string): readonly Part[] {
    if (isLockName(name)) return [];
    return this.includers.rootsOf(name).flatMap((root) => {
      const analysis = this.#analysisOf(root);
      const file = analysis && fileNamed(analysis, name);
      return analysis === undefined || file === undefined ? [] : [{ analysis, file }];
    });
  }

  #analysisOf(root: string): Analysis | undefined {
    const kept = this.#kept.get(root);
    if (kept !== undefined && [...kept.inputs].every(([name, text]) => this.#isStill(name, text))) return kept.analysis;
    const source = this.texts.read(root);
    if ('error' in source) return undefined;
    const inputs = new Map<string, ReadText>([[root, source]]);
    const read = (name: string): ReadText => {
      const text = this.texts.read(name);
      inputs.set(name, text);
      return text;
    };
    const analysis = analyse(source, read, lockSourceOf(root, read));
    this.#kept.set(root, { analysis, inputs });
    return analysis;
  }

  #isStill(name: string, text: ReadText): boolean {
    return this.texts.read(name) === text;
  }
}

/** The lock file beside a policy. */
export function lockNameOf(root: string): string {
  return `${root}.lock`;
}

function isLockName(name: string): boolean {
  return name.endsWith('.lock');
}

function lockSourceOf(root: string, read: (name: string) => ReadText): SourceFile | undefined {
  if (!isPath(root)) return undefined;
  const source = read(lockNameOf(root));
  return 'error' in source ? undefined : source;
}

/** Analyses a policy as it would be if some of its texts were others. */
export function analyseChanged(analysis: Analysis, changed: ReadonlyMap<string, string>): Analysis {
  const textOf = (source: SourceFile): SourceFile => ({
    name: source.name,
    text: changed.get(source.name) ?? source.text,
  });
  const read = (name: string): ReadText => {
    const file = fileNamed(analysis, name);
    return file === undefined ? { error: 'it is no part of the policy' } : textOf(file.source);
  };
  const lockName = lockNameOf(analysis.root.name);
  const lock = changed.get(lockName) ?? analysis.lockSource?.text;
  const lockSource = lock === undefined ? undefined : { name: lockName, text: lock };
  return analyse(textOf(analysis.root), read, lockSource);
}
