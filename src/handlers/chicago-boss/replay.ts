// What the process of a service has to do that takes the place of one that has ended. Entered by service-queue.
//
//   replay:    join a, join b, ..., then all that waits     each process hears of a socket by its join before anything else
//   faithful:  the closes that wait                         as in Chicago Boss: joins, texts and broadcasts are lost
import { Fifo } from '../../base/fifo.js'
import { pushTo } from '../../sockets/broadcast.js'
import { close } from '../../sockets/frames.js'
import { INTERNAL_ERROR } from '../../wire/close-codes.js'
import { JOINING, type Member, REFUSED, WAITING } from './member.js'
import { ServiceEvent } from './service-event.js'

/** So often in a row a service may end in the join of one socket. */
const MAX_JOIN_FAILURES = 2

/** Joins of all who had joined, in that order: of those that have left since, too, if something of them waits. */
export function replayed(members: Iterable<Member>, waiting: Fifo<ServiceEvent>): Fifo<ServiceEvent> {
  const events = new Fifo<ServiceEvent>()
  for (const member of members) if (joinsAgain(member)) events.push(new ServiceEvent('rejoin', member))
  while (waiting.length > 0) events.push(waiting.shift())
  return events
}

/** Of what waits the closes alone; `lost` hears of the others. */
export function closesOf(waiting: Fifo<ServiceEvent>, lost: (event: ServiceEvent) => void): Fifo<ServiceEvent> {
  const events = new Fifo<ServiceEvent>()
  while (waiting.length > 0) {
    const event = waiting.shift()
    if (event.kind === 'close') events.push(event)
    else lost(event)
  }
  return events
}

function joinsAgain(member: Member): boolean {
  if (member.phase === WAITING || member.phase === REFUSED) return false
  if (member.phase === JOINING && ++member.failures >= MAX_JOIN_FAILURES) {
    // It would take the service down again and again, and all the others with it; so would texts of one that has not joined.
    member.phase = REFUSED
    pushTo(member.webSocket, close(INTERNAL_ERROR))
    return false
  }
  member.phase = WAITING
  return true
}
