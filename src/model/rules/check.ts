/** A model becomes a checked model when no check finds an error in it. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import type { PolicyFile } from '../../syntax/tree.ts';
import { hostContents } from '../host-contents.ts';
import { inOrder } from '../in-order.ts';
import type { CheckedModel, Model } from '../model.ts';
import { rules } from './index.ts';

export interface Checked {
  /** Undefined when there are errors. */
  readonly model: CheckedModel | undefined;
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Runs every check of the list. Warnings and hints do not stand in the way of a checked model. */
export function checkModel(model: Model, files: readonly PolicyFile[]): Checked {
  const diagnostics: Diagnostic[] = [];
  const context = { model, files, hosts: hostContents(model) };
  for (const rule of rules) for (const diagnostic of rule(context)) diagnostics.push(diagnostic);
  return { model: hasErrors(diagnostics) ? undefined : asChecked(model), diagnostics: inOrder(diagnostics, files) };
}

/** The one place that gives the brand. */
function asChecked(model: Model): CheckedModel {
  return model as CheckedModel;
}
