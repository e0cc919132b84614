// What a page and its socket say to each other: Zotonic's Z:PING and Z:PONG with a number more, and numbered messages. Text frames; pure, no
// Node import: shared by sessions/, handlers/zotonic and the browser client.
import type { Resumed } from './numbering.js'

/**
 * From the browser: attach me, I have everything up to `ack`, 15 digits at most as any number here. Without a number as in
 * Zotonic 0.10: I count nothing.
 */
export function ping(page: string, ack?: number): string {
  return ack === undefined ? `Z:PING:${page}` : `Z:PING:${page}:${ack}`
}
/** From the browser: I have everything up to `number`. */
export function ack(number: number): string {
  return `Z:ACK:${number}`
}
/**
 * To the browser. `from`: the number after which messages follow; with 'gap' those up to it are missing. With 'new' 0 for a
 * page whose id is as new as it is; else far behind what the browser has, which is of another process: no number means two messages.
 */
export function pong(page: string, resumed?: Resumed, from?: number): string {
  return resumed === undefined ? `Z:PONG:${page}` : `Z:PONG:${page}:${resumed}:${from ?? 0}`
}
/** To the browser: message so-and-so. */
export function message(number: number, data: string): string {
  return `Z:MSG:${number}:${data}`
}

export type FromBrowser =
  | { readonly type: 'ping'; readonly page: string; readonly ack: number | undefined }
  | { readonly type: 'ack'; readonly number: number }
export type ToBrowser =
  | { readonly type: 'pong'; readonly page: string; readonly resumed: Resumed | undefined; readonly from: number }
  | { readonly type: 'message'; readonly number: number; readonly data: string }

/** Reads a frame of the browser; undefined if it is the application's. */
export function fromBrowser(text: string): FromBrowser | undefined {
  const ping = /^Z:PING:([^:]*)(?::(\d{1,15}))?$/.exec(text)
  if (ping !== null) return { type: 'ping', page: ping[1] as string, ack: ping[2] === undefined ? undefined : Number(ping[2]) }
  const ack = /^Z:ACK:(\d{1,15})$/.exec(text)
  return ack === null ? undefined : { type: 'ack', number: Number(ack[1]) }
}
/** Reads a frame of the page; undefined if it is the application's. */
export function toBrowser(text: string): ToBrowser | undefined {
  const message = /^Z:MSG:(\d{1,15}):/.exec(text)
  if (message !== null) return { type: 'message', number: Number(message[1]), data: text.slice(message[0].length) }
  const pong = /^Z:PONG:([^:]*)(?::(new|resumed|gap):(\d{1,15}))?$/.exec(text)
  if (pong === null) return undefined
  const [, page, resumed, from] = pong
  return { type: 'pong', page: page as string, resumed: resumed as Resumed | undefined, from: Number(from ?? 0) }
}
