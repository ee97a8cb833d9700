/**
 * CRC-32C, the checksum of TensorBoard's event files.
 *
 * @module
 */

/** x³² + x²⁸ + x²⁷ + … + 1 (Castagnoli), lowest power first. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  }
  return remainder;
});

/**
 * The CRC-32C of some bytes.
 *
 * @returns An unsigned 32-bit integer.
 * @see RFC 3720, appendix B.4, for test vectors
 */
export function crc32c(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) remainder = TABLE[(remainder ^ byte) & 0xff] ^ (remainder >>> 8);
  return (remainder ^ 0xffffffff) >>> 0;
}

/** The CRC-32C turned by 15 bits and shifted by a constant, as records store it beside their data. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
