// A handle names a patient's twin in Kubernetes. It is random, so it says nothing about the patient, and its last
// character is a checksum, so a typing error is refused instead of naming somebody else.

/** Crockford's base 32 in lower case: no i, l, o, u. */
export const handleAlphabet = '0123456789abcdefghjkmnpqrstvwxyz';

const prefix = 'pt-';
const randomCharacters = 15;
const modulus = 31;
const shape = /^pt-[0-9a-hjkmnp-tv-z]{16}$/;

/**
 * Makes a handle: `pt-`, 15 random characters, one checksum.
 * @param randomBytes at least 15 bytes from a cryptographic source; the low 5 bits of each are used.
 * @throws RangeError when there are fewer bytes.
 */
export function mintHandle(randomBytes: Uint8Array): string {
  if (randomBytes.length < randomCharacters) {
    throw new RangeError(
      `A handle needs ${randomCharacters} random bytes; ${randomBytes.length} were given.`,
    );
  }
  const body = Array.from(randomBytes.subarray(0, randomCharacters), (byte) =>
    handleAlphabet.charAt(byte & 31),
  );
  return `${prefix}${body.join('')}${checksum(body)}`;
}

/** Whether the text is a handle: its form and its checksum. */
export function isHandle(text: string): boolean {
  if (!shape.test(text)) {
    return false;
  }
  const body = text.slice(prefix.length, prefix.length + randomCharacters);
  return text.endsWith(checksum(body.split('')));
}

/** Sum of value × position (from 1) over the 15 characters, modulo 31, as a character. */
function checksum(body: readonly string[]): string {
  const sum = body.reduce(
    (total, character, index) => total + handleAlphabet.indexOf(character) * (index + 1),
    0,
  );
  return handleAlphabet.charAt(sum % modulus);
}
