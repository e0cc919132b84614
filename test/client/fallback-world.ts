// A connection over plain HTTP in the world of a test: opened, and what has been sent over it.
import type { Item } from '../../src/wire/carrier.js'
import { type Scene, start } from './world.js'

export type Via = 'sse' | 'longPoll'
/** Its heartbeats are off, unless the options say when. */
export async function opened(via: Via = 'sse', options: object = {}): Promise<Scene> {
  const scene = await start({ transports: [via], heartbeatMs: 0, ...options }, undefined, '/ws?a=b')
  await scene.world.asked('open').answer(200, { id: 'one', subprotocol: null })
  if (via === 'sse') await scene.world.source.attached()
  return scene
}
/** Frames of text with these numbers. */
export function texts(from: number, to: number): Item[] {
  return Array.from({ length: to - from + 1 }, (_, at) => [from + at, 't', `m${from + at}`])
}
/** The bodies of all requests that brought frames or acknowledgements. */
export function sends({ world }: Scene): unknown[] {
  return world.requests.filter(({ verb }) => verb === 'send').map(({ body }) => body)
}
