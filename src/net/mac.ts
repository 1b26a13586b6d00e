/** Link-layer (MAC) addresses. */

declare const macBrand: unique symbol;

/** Six lower-case hexadecimal octets joined by colons. */
export type MacAddress = string & { readonly [macBrand]: true };

/** Parses `aa:bb:cc:dd:ee:ff`; undefined when malformed. */
export function parseMac(text: string): MacAddress | undefined {
  return /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(text) ? (text.toLowerCase() as MacAddress) : undefined;
}
