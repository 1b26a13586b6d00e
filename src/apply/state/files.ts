/** The files of a state directory, as far as they have to survive the end of a process or of the machine. */

export interface StateFiles {
  /** The text of a file; undefined where there is none. */
  readonly read: (path: string) => string | undefined;
  /**
   * Replaces a file: afterwards it has the old or the new text, whatever happens. `more-follow`: that it is the new one is sure
   * only after the next write into the same folder without this.
   */
  readonly write: (path: string, text: string, more?: 'more-follow') => void;
  /** Makes a file that must not be there; false where it is. Others see all of its text or no file. */
  readonly create: (path: string, text: string) => boolean;
  /** Adds to the end of a file, which is on the disk afterwards. A crash in the middle leaves a part of the text. */
  readonly append: (path: string, text: string) => void;
  /** Names of what a folder holds, sorted; empty where there is no such folder. */
  readonly list: (folder: string) => readonly string[];
  /** Removes a file or a folder with all it holds. */
  readonly remove: (path: string) => void;
}

/** A file that could not be read or written: the disk is full, the folder belongs to somebody else. */
export class StateError extends Error {
  readonly noPrivilege: boolean;
  constructor(message: string, noPrivilege = false) {
    super(message);
    this.noPrivilege = noPrivilege;
  }
}
