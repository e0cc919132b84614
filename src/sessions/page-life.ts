// The life of a page as an xstate chart, compiled into a table that every page shares, and when a page without a socket ends.
// Pure. The page's process moves along it.
//
//   detached -attach-> attached -detach-> detached      finish, from anywhere -> expired
//       \expire-> expired
import { createMachine } from 'xstate'
import { compileChart } from '../machines/chart.js'
import type { SessionLimits } from './options.js'

/** The chart: without a socket, with one at least, over. A page begins without one. */
export const pageLife = createMachine({
  id: 'page',
  initial: 'detached',
  on: { finish: '.expired' },
  states: {
    detached: { on: { attach: 'attached', expire: 'expired' } },
    attached: { on: { detach: 'detached' } },
    expired: { type: 'final' },
  },
})

const CHART = compileChart(pageLife)
export const DETACHED = CHART.state('detached')
export const ATTACHED = CHART.state('attached')
export const EXPIRED = CHART.state('expired')
export const ATTACH = CHART.event('attach')
export const DETACH = CHART.event('detach')
export const EXPIRE = CHART.event('expire')
export const FINISH = CHART.event('finish')
export const nextLife = CHART.next

/**
 * When a page ends that has no socket: `pageMs` after it lost the last one, and not before the newest of the messages that wait
 * is `maxAgeMs` old. What is added more than `maxAgeMs` after the loss does not prolong its life: else a page whose browser is
 * gone would live as long as somebody writes to it. One that has never had a socket waits `firstMs` at most: robots never come.
 */
export function endsAt(limits: SessionLimits, detachedAt: number, newestAt: number | undefined, isNew: boolean): number {
  const idle = detachedAt + limits.pageMs
  if (newestAt === undefined) return idle
  const { maxAgeMs } = limits.queue
  const waits = Math.min(newestAt, detachedAt + maxAgeMs) + maxAgeMs
  return Math.max(idle, isNew ? Math.min(waits, detachedAt + limits.firstMs) : waits)
}
