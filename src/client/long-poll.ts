// Frames down as answers to polls, one poll after the other. Entered by fallback.
import { parsed } from '../wire/carrier.js'
import type { Carried } from './down.js'

/** Goes on until the connection is over, or until events get another chance. */
export async function pollDown(carried: Carried): Promise<void> {
  const again = (): void => void pollDown(carried)
  const body = await carried.ask('poll', {}, again)
  if (body === undefined) return
  const values = parsed(body)
  // Before the frames: one of them may be what `onopen` waits for, and that tells the transport.
  const stays = !Array.isArray(values) || carried.polls()
  const next = stays ? again : (): void => carried.goDown()
  if (carried.take(values)) next()
  else carried.again(next)
}
