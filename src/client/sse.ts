// Frames down as server-sent events. A proxy that gathers a whole answer before it passes it on lets nothing through: then it
// goes on by polls, on the same connection. Entered by fallback.
import { ATTACHED, parsed } from '../wire/carrier.js'
import type { Carried } from './down.js'

/**
 * What does not begin to come within this time is being held back on the way. Sooner than ANSWER_MS: the answer may come by
 * polls yet.
 */
const FIRST_BYTE_MS = 3000

/** Answers how to stop. */
export function sseDown(carried: Carried): () => void {
  const Source = carried.world.env.EventSource as typeof EventSource
  const source = new Source(carried.url('sse'), { withCredentials: true })
  let isHeard = false
  const stopClock = carried.world.after(FIRST_BYTE_MS, () => carried.fallBack())
  const stop = (): void => {
    stopClock()
    source.close()
  }
  // An EventSource would connect again by itself, but to where it was before.
  const failed = (): void => {
    stop()
    if (isHeard) carried.again(() => carried.goDown())
    else carried.fallBack()
  }
  const heard = (): void => {
    if (!isHeard) carried.flows()
    isHeard = true
    stopClock()
  }
  // `open` tells of the head of the answer, which says nothing of its body.
  source.addEventListener(ATTACHED, heard)
  source.addEventListener('message', ({ data }: MessageEvent<string>) => {
    heard()
    if (!carried.take([parsed(data)])) failed()
  })
  source.addEventListener('error', failed)
  return stop
}
