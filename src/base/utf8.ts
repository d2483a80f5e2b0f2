/**
 * Where text stops being UTF-8.
 *
 *     68 65 6c 6c 6f       5: all of it
 *     68 65 c3 28          2: after "he", c3 needs a continuation byte and 28 is none
 *
 * Rule: RFC 3629 (no overlong forms, no surrogates, nothing above U+10FFFF).
 */

type Lead = { readonly length: number; readonly secondMin: number; readonly secondMax: number };

function leadOf(byte: number): Lead | null {
  if (byte < 0x80) return { length: 1, secondMin: 0, secondMax: 0 };
  if (byte < 0xc2 || byte > 0xf4) return null;
  if (byte < 0xe0) return { length: 2, secondMin: 0x80, secondMax: 0xbf };
  if (byte < 0xf0) return { length: 3, secondMin: byte === 0xe0 ? 0xa0 : 0x80, secondMax: byte === 0xed ? 0x9f : 0xbf };
  return { length: 4, secondMin: byte === 0xf0 ? 0x90 : 0x80, secondMax: byte === 0xf4 ? 0x8f : 0xbf };
}

/** The number of leading bytes that are whole, valid characters. */
export function validUtf8Length(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const lead = leadOf(bytes[at]!);
    if (lead === null || at + lead.length > bytes.length) return at;
    for (let offset = 1; offset < lead.length; offset++) {
      const byte = bytes[at + offset]!;
      const minimum = offset === 1 ? lead.secondMin : 0x80;
      const maximum = offset === 1 ? lead.secondMax : 0xbf;
      if (byte < minimum || byte > maximum) return at;
    }
    at += lead.length;
  }
  return at;
}

export function isUtf8(bytes: Uint8Array): boolean {
  return validUtf8Length(bytes) === bytes.length;
}
