/** One side of a question about rules: a policy, files of rules, a folder of them, or the live host. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Compiled, compile } from '../../compile.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import { gatherHost } from '../../host/gather/gather.ts';
import type { HostView } from '../../host-view/host-view.ts';
import { emittedRules, type RuleTarget } from '../../proving/emitted-rules.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { chooseHost } from '../io/choose-host.ts';
import { sayDiagnostics } from '../io/diagnostics.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import { readIncluded, readSource } from '../io/files.ts';
import { readFoundFiles, readFoundView } from '../io/found-rules.ts';
import { loadLock } from '../io/policy-lock.ts';

/** A text of rules, for people who compare texts. */
export interface RulesText {
  readonly name: string;
  readonly rulesets: readonly Ruleset[];
  readonly text: string | undefined;
}

export interface Side {
  readonly name: string;
  readonly kind: 'policy' | 'rules' | 'live';
  readonly rulesets: readonly Ruleset[];
  readonly texts: readonly RulesText[];
  /** For a policy. */
  readonly compiled: Compiled | undefined;
  /** Where the side itself says what its host looks like: a snapshot, the live host. */
  readonly view: HostView | undefined;
}

export interface SideOptions {
  readonly target: RuleTarget;
  readonly host: string | undefined;
}

/** Files of a folder that hold rules, as `compile -t iptables -o` and `snapshot` name them. */
const rulesFiles = /^(nft\.json|rules(-legacy)?\.(v4|v6|bridge|json)|.*[^w]\.nft\.json)$/;
const viewFile = 'host-view.json';

/** Reads a side; says a policy's errors. Throws CommandError. */
export async function readSide(word: string, options: SideOptions): Promise<Side> {
  if (word === 'live') return liveSide();
  if (word === '-' || word.endsWith('.ctfw')) return policySide(word, options);
  if (!existsSync(word)) throw new CommandError(`cannot read ${word}: there is no such file (\`live\` is this host)`);
  return statSync(word).isDirectory() ? folderSide(word) : fileSide(word, options);
}

function policySide(file: string, { target, host }: SideOptions): Side {
  const loaded = loadLock(file, {});
  const { judged, diagnostics } = compile(readSource(file), readIncluded, loaded.lock);
  if (judged.length === 0) {
    sayDiagnostics(
      [...loaded.diagnostics, ...diagnostics].filter(({ severity }) => severity === 'error'),
      'human',
    );
    throw new CommandError(hasErrors(diagnostics) ? `${file} has errors` : `${file} has no host`, exitCode.refused);
  }
  const compiled = chooseHost(judged, host);
  const names = target === 'nft' ? ['nft'] : ['rules.v4', 'rules.v6', 'rules.bridge'];
  let emitted: readonly Ruleset[] | undefined;
  return {
    name: file,
    kind: 'policy',
    // What a policy means is asked without its rules.
    get rulesets() {
      emitted ??= emittedRules(compiled, target).rulesets;
      return emitted;
    },
    get texts() {
      return this.rulesets.map((ruleset, index) => ({
        name: names[index] ?? 'rules',
        rulesets: [ruleset],
        text: undefined,
      }));
    },
    compiled,
    view: undefined,
  };
}

/** A file of rules; what has no form of rules is taken for a policy where it reads like one. */
function fileSide(path: string, options: SideOptions): Side {
  const { text } = readSource(path);
  if (/^\s*(host|network|container|zone|include|group|service)\s+["\w]/m.test(text) && !/^\s*[[{*]/.test(text))
    return policySide(path, options);
  return rulesSide(path, [path], undefined);
}

function folderSide(folder: string): Side {
  const files = readdirSync(folder).filter((name) => rulesFiles.test(name) && statSync(join(folder, name)).size > 0);
  if (files.length === 0)
    throw new CommandError(
      `${folder} holds no rules: neither nft.json nor rules.v4, rules.v6 or rules.bridge`,
      exitCode.refused,
    );
  const view = join(folder, viewFile);
  return rulesSide(
    folder,
    files.sort().map((name) => join(folder, name)),
    existsSync(view) ? readFoundView(view) : undefined,
  );
}

/** Rules found in files. */
export function rulesSide(name: string, paths: readonly string[], view: HostView | undefined): Side {
  const files = readFoundFiles(paths);
  return {
    name,
    kind: 'rules',
    rulesets: files.map(({ ruleset }) => ruleset),
    texts: files.map(({ form, ruleset, text }) => ({
      name: textNames[form ?? 'nft-json'],
      rulesets: [ruleset],
      text: form === 'nft-json' ? undefined : text,
    })),
    compiled: undefined,
    view,
  };
}

const textNames = {
  'nft-json': 'nft',
  'iptables-save': 'rules.v4',
  'ip6tables-save': 'rules.v6',
  'ebtables-save': 'rules.bridge',
} as const;

async function liveSide(): Promise<Side> {
  if (process.platform !== 'linux')
    throw new CommandError('there is netfilter to look at on Linux only', exitCode.noPrivilege);
  const { view, rulesets, missing } = await gatherHost();
  const lacking = missing.find(({ part, why }) => why !== 'inexact' && /tables|interfaces|routes/.test(part));
  if (lacking !== undefined)
    throw new CommandError(`this host cannot be looked at: ${lacking.message}`, exitCode.noPrivilege);
  return {
    name: 'live',
    kind: 'live',
    rulesets: rulesets.map(({ ruleset }) => ruleset),
    texts: rulesets.map(({ file, ruleset, text }) => ({
      name: file === 'nft.json' ? 'nft' : file,
      rulesets: [ruleset],
      text: file === 'nft.json' ? undefined : text,
    })),
    compiled: undefined,
    view,
  };
}
