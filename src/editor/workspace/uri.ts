/** Documents of the editor have URIs, files of a policy have names: the path, with `/` also where the system writes it otherwise. */
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The name of a document; that of a document that is no file (yet) is its URI. */
export function nameOfUri(uri: string): string {
  if (!uri.startsWith('file:')) return uri;
  try {
    return fileURLToPath(uri).replaceAll('\\', '/');
  } catch {
    return uri;
  }
}

/** Whether a name is a path; names of documents that are not saved are URIs. */
export function isPath(name: string): boolean {
  return name.startsWith('/') || /^[A-Za-z]:\//.test(name);
}

/** The URI of a file that is not open. */
export function uriOfName(name: string): string {
  return isPath(name) ? pathToFileURL(name).href : name;
}
