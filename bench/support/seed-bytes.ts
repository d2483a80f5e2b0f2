/** 32 bytes for the index-th key. */
export function seedBytes(index: number): Uint8Array {
  const bytes = new Uint8Array(32).fill(1);
  new DataView(bytes.buffer).setUint32(0, index);
  return bytes;
}
