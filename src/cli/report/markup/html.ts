/** HTML that cannot be built from unescaped text: whatever a template is given is escaped, unless a template made it. */
import { visible } from '../../../diagnostics/display.ts';

/** A piece of HTML; only `html` makes one. */
export class Html {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }

  /** A style sheet of our own: never a text of anybody else. */
  static stylesheet(css: string): Html {
    if (/<|&/.test(css)) throw new RangeError('a style sheet of the page holds no markup');
    return new Html(`<style>${css}</style>`);
  }

  /** The tag of templates: `html\`<p>${anything}</p>\``. Not for attribute values without quotes, scripts or styles. */
  static template(strings: TemplateStringsArray, ...values: readonly Insertable[]): Html {
    return new Html(
      strings.map((text, index) => `${text}${index < values.length ? inserted(values[index]) : ''}`).join(''),
    );
  }
}

export type Insertable = string | number | Html | undefined | readonly Insertable[];

export const html = Html.template;
export const stylesheet = Html.stylesheet;

function inserted(value: Insertable): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'object') return value.map(inserted).join('');
  return escaped(`${value}`);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Nothing of the text is markup, and nothing of it is hidden or turns the text around it; line breaks stay. */
function escaped(text: string): string {
  return text.replace(/[^\n]+/g, visible).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** Pieces with text between them. */
export function joined(pieces: readonly Insertable[], separator: Insertable): Html {
  return html`${pieces.map((piece, index) => (index === 0 ? piece : html`${separator}${piece}`))}`;
}
