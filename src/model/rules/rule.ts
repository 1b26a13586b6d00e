/** What a check is: it reads a model and yields what is wrong with it. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { PolicyFile } from '../../syntax/tree.ts';
import type { Model } from '../model.ts';

/** `files` are for places that the model does not keep; the model is what is judged. */
export type Rule = (model: Model, files: readonly PolicyFile[]) => Iterable<Diagnostic>;
