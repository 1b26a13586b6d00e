/** The generations that were applied: each a folder with everything that is needed to put it in force again. */
import { createHash } from 'node:crypto';
import type { Artifact } from '../artifact.ts';
import type { StateFiles } from './files.ts';

/** What a generation consists of. */
export interface Generation {
  readonly number: number;
  readonly meta: GenerationMeta;
  readonly artifact: Artifact;
}

export interface GenerationMeta {
  readonly formatVersion: 1;
  readonly policy: string;
  readonly host: string;
  /** When it was made, milliseconds since 1970. */
  readonly at: number;
  readonly by: string;
  readonly version: string;
  /** Kernel settings that ctfw has set for it, or for a generation before from which it took them over. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** The check sum of its plan; earlier versions wrote none. */
  readonly plan?: string;
}

/** Texts that are kept for people: the policy, its lock, the plan. */
export interface KeptTexts {
  readonly policy: string;
  readonly lock: string;
  readonly plan: string;
}

const folderOf = (number: number): string => `generations/${number}`;

/** The description is written last: a folder without it is none. */
export function writeGeneration(files: StateFiles, { number, meta, artifact }: Generation, kept: KeptTexts): void {
  const folder = folderOf(number);
  files.write(`${folder}/policy.ctfw`, kept.policy, 'more-follow');
  files.write(`${folder}/policy.ctfw.lock`, kept.lock, 'more-follow');
  files.write(`${folder}/plan.json`, kept.plan, 'more-follow');
  for (const [name, text] of Object.entries(artifact.files)) files.write(`${folder}/${name}`, text, 'more-follow');
  const sums = Object.fromEntries(Object.entries(artifact.files).map(([name, text]) => [name, sumOf(text)]));
  files.write(
    `${folder}/meta.json`,
    `${JSON.stringify({ ...meta, plan: sumOf(kept.plan), target: artifact.target, files: sums }, undefined, 2)}\n`,
  );
}

export function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A generation with its emitted files; undefined where it is not (or not wholly) there, or no longer what was written. */
export function readGeneration(files: StateFiles, number: number): Generation | undefined {
  const folder = folderOf(number);
  const description = parseDescription(files.read(`${folder}/meta.json`));
  if (description === undefined) return undefined;
  const { target, files: sums, ...meta } = description;
  const contents: Record<string, string> = {};
  for (const [name, sum] of Object.entries(sums)) {
    const content = files.read(`${folder}/${name}`);
    if (content === undefined || sumOf(content) !== sum) return undefined;
    contents[name] = content;
  }
  return { number, meta, artifact: { target, files: contents } };
}

/** What is known of a generation without its files, which need not be whole. */
export function readMeta(files: StateFiles, number: number): GenerationMeta | undefined {
  return parseDescription(files.read(`${folderOf(number)}/meta.json`));
}

interface Description extends GenerationMeta {
  readonly target: Artifact['target'];
  /** Check sums by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** It is written whole or not at all; what does not parse was damaged afterwards. */
function parseDescription(text: string | undefined): Description | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Description);
  } catch {
    return undefined;
  }
}

/** The numbers of all generations, lowest first. */
export function generationNumbers(files: StateFiles): readonly number[] {
  return files
    .list('generations')
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map(Number)
    .sort((left, right) => left - right);
}

/** Removes the oldest generations; those in `needed` stay. */
export function pruneGenerations(files: StateFiles, keep: number, needed: ReadonlySet<number>): void {
  const spare = generationNumbers(files).filter((number) => !needed.has(number));
  for (const number of spare.slice(0, Math.max(0, spare.length - keep))) files.remove(folderOf(number));
}
