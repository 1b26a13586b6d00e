/** What a check is: it reads a model and yields what is wrong with it. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { PolicyFile } from '../../syntax/tree.ts';
import type { HostContents } from '../host-contents.ts';
import type { Model } from '../model.ts';

export interface CheckContext {
  readonly model: Model;
  /** Every host of the model with what is on it. */
  readonly hosts: readonly HostContents[];
  /** For places that the model does not keep; the model is what is judged. */
  readonly files: readonly PolicyFile[];
}

export type Rule = (context: CheckContext) => Iterable<Diagnostic>;
