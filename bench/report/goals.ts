// Is a goal met? What a goal is compared with depends on the row: a ratio, bytes, or bytes above bare `ws`.
import type { ActorRow, Flood, GrowthRow, SocketRow } from './results.js'

export type Mark = 'met' | 'missed' | '–'
const mark = (met: boolean): Mark => (met ? 'met' : 'missed')

export function socketMark({ unit, goal, gensock, bare, ratio }: SocketRow): Mark {
  return mark(unit === 'bytes' ? gensock - bare <= goal : ratio <= goal)
}

/** Without a goal, or without a BEAM to compare with, nothing can be said. */
export function actorMark({ unit, goal, gensock, ratio }: ActorRow): Mark {
  if (goal === null) return '–'
  if (unit === 'bytes') return mark(gensock <= goal)
  return ratio === null ? '–' : mark(ratio <= goal)
}

export function growthMark({ goal, ratio }: GrowthRow): Mark {
  return mark(ratio <= goal)
}

export function floodMark({ p99Ms, goalMs }: Flood): Mark {
  return mark(p99Ms < goalMs)
}
