// A handshake in parts, so that each part can be changed, and its bytes; how bytes are cut into segments. Pure. Entered by the
// generators.
import { createHash } from 'node:crypto'
import type { Dice } from './random.js'

export type Header = readonly [name: string, value: string]
/** A request that is being made. */
export interface Draft {
  method: string
  target: string
  version: string
  headers: Header[]
  /** Between the lines. */
  eol: string
  /** Behind the empty line. */
  body: string
}

export function draftOf(dice: Dice, path: string): { draft: Draft; key: string } {
  const key = dice.bytes(16).toString('base64')
  const headers: Header[] = [
    ['Host', '127.0.0.1'],
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Key', key],
  ]
  return { draft: { method: 'GET', target: path, version: 'HTTP/1.1', headers, eol: '\r\n', body: '' }, key }
}
export function bytesOf({ method, target, version, headers, eol, body }: Draft): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}${eol}`)
  return Buffer.from(`${method} ${target} ${version}${eol}${lines.join('')}${eol}${body}`, 'latin1')
}
/** In place of the headers of this name, if any: these values. */
export function set(draft: Draft, name: string, ...values: readonly string[]): void {
  const at = draft.headers.findIndex(([one]) => one.toLowerCase() === name.toLowerCase())
  const others = draft.headers.filter(([one]) => one.toLowerCase() !== name.toLowerCase())
  others.splice(at < 0 ? others.length : at, 0, ...values.map((value): Header => [name, value]))
  draft.headers = others
}

/** RFC 6455 section 1.3. */
export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

/** Can these bytes, which chance has changed, be a handshake? What must hold at least; the key if so. */
export function keyIn(bytes: Buffer): string | undefined {
  const text = bytes.toString('latin1')
  const head = /^(?:\r?\n)*(GET [^ ]+ HTTP\/1\.1\r\n[^]*?\r\n)\r\n/.exec(text)?.[1]
  if (head === undefined) return undefined
  const values = (name: string): string[] =>
    [...head.matchAll(new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*\\r$`, 'gim'))].map((m) => m[1] as string)
  const [key, ...otherKeys] = values('sec-websocket-key')
  const [version, ...otherVersions] = values('sec-websocket-version')
  const isAsked =
    values('upgrade').join(',').toLowerCase().includes('websocket') &&
    values('connection').join(',').toLowerCase().includes('upgrade')
  const isOne = otherKeys.length === 0 && otherVersions.length === 0 && values('host').length === 1
  if (!isAsked || !isOne || !['13', '8', '7'].includes(version ?? '')) return undefined
  return key !== undefined && /^[+/0-9A-Za-z]{22}==$/.test(key) && Buffer.from(key, 'base64').length === 16 ? key : undefined
}

/** Bytes as they are sent: in one segment, in some, or byte by byte where they are few. */
export function segmented(dice: Dice, bytes: Buffer): Buffer[] {
  const kind = dice.below(100)
  if (kind < 60 || bytes.length < 2) return [bytes]
  if (kind >= 94 && bytes.length <= 250) return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
  const cuts = dice.times(1 + dice.below(5), () => 1 + dice.below(bytes.length - 1)).toSorted((a, b) => a - b)
  return [0, ...cuts].map((from, i) => bytes.subarray(from, cuts[i] ?? bytes.length)).filter((part) => part.length > 0)
}
