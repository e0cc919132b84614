// Hot path. Takes the mask off a payload (RFC 6455 section 5.3), in place; four bytes at a time where that pays. Pure.

/** Shorter payloads are done before a view of words is made. */
const MIN_FOR_WORDS = 64
const maskBytes = new Uint8Array(4)
const maskWord = new Int32Array(maskBytes.buffer)

/**
 * Unmasks `length` bytes of `chunk` from `start` on; the mask is the four bytes at `maskAt`. Doing it twice masks them again.
 *
 * @returns are all of them below 128, so that they are the same text in ASCII, Latin-1 and UTF-8?
 */
export function unmask(chunk: Uint8Array, start: number, length: number, mask: Uint8Array, maskAt: number): boolean {
  const end = start + length
  if (length < MIN_FOR_WORDS) return unmaskBytes(chunk, start, end, mask, maskAt, 0) < 0x80
  const lead = -(chunk.byteOffset + start) & 3
  let all = unmaskBytes(chunk, start, start + lead, mask, maskAt, 0)
  const count = (length - lead) >> 2
  for (let i = 0; i < 4; i++) maskBytes[i] = mask[maskAt + ((lead + i) & 3)] as number
  all |= unmaskWords(new Int32Array(chunk.buffer, chunk.byteOffset + start + lead, count), maskWord[0] as number)
  const rest = lead + 4 * count
  return ((all | unmaskBytes(chunk, start + rest, end, mask, maskAt, rest)) & 0x80) === 0
}

/** All the bytes ORed. `offset`: where in the payload they begin. */
function unmaskBytes(chunk: Uint8Array, from: number, to: number, mask: Uint8Array, maskAt: number, offset: number): number {
  let all = 0
  for (let at = from, i = offset; at < to; at++, i++) {
    const byte = (chunk[at] as number) ^ (mask[maskAt + (i & 3)] as number)
    chunk[at] = byte
    all |= byte
  }
  return all
}

/** The same of words, as one byte. */
function unmaskWords(words: Int32Array, mask: number): number {
  let all = 0
  for (let i = 0; i < words.length; i++) {
    const word = (words[i] as number) ^ mask
    words[i] = word
    all |= word
  }
  return (all | (all >> 8) | (all >> 16) | (all >> 24)) & 0xff
}
