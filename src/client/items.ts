// Messages as items of the fallback protocol, and bytes of items. Pure. Entered by fallback.
import type { Item } from '../wire/carrier.js'
import type { Data } from './link.js'

export function itemFor(number: number, data: Data): Item {
  return typeof data === 'string' ? [number, 't', data] : [number, 'b', base64Of(data)]
}
/** In characters of JSON, about; of any but a close frame. */
export function sizeOf(item: Item): number {
  return (item[2] as string).length
}

function base64Of(data: ArrayBuffer | ArrayBufferView): string {
  const { buffer, byteOffset, byteLength } = data as Partial<ArrayBufferView>
  let binary = ''
  for (const byte of new Uint8Array(buffer ?? (data as ArrayBuffer), byteOffset, byteLength)) binary += String.fromCharCode(byte)
  return btoa(binary)
}
export function bytesOf(base64: string): ArrayBuffer {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)).buffer
}
