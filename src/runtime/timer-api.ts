// sendAfter, startTimer, cancelTimer, readTimer over the timers of a node. A name is looked up when the timer fires.
import { requireMs } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import { TimeoutMessage } from '../base/messages.js'
import { isPid } from '../base/pid.js'
import { isRef, type Ref, type Reference } from '../base/ref.js'
import { resolve } from './links.js'
import type { Kernel } from './process.js'
import { requireName } from './registry.js'
import { sendTo } from './send.js'
import type { Timer } from './timers.js'

/** @see OTP `erlang:send_after/3`, `erlang:start_timer/3` */
export function addTimer(
  kernel: Kernel,
  where: 'sendAfter' | 'startTimer',
  delayMs: number,
  dest: unknown,
  message: unknown,
  dead: boolean,
): Ref {
  requireMs(`${where}: delayMs`, delayMs)
  const process = isPid(dest) ? resolve(kernel, dest, `${where}: dest`) : undefined
  if (!isPid(dest) && !isRef(dest)) requireName(`${where}: dest`, dest)
  const owner = process?.kernel ?? kernel
  const ref = owner.newRef()
  // A timer to a process that has ended is never made: it would vanish with it.
  if (!dead && process !== null)
    owner.timers.add(ref, delayMs, process ?? null, dest, where === 'startTimer' ? new TimeoutMessage(ref, message) : message)
  return ref
}

/** @see OTP `erlang:cancel_timer/1` */
export function cancelTimer(ref: Ref): number | false {
  if (!isRef(ref)) throw new BadArgError('cancelTimer: ref', 'a timer reference', ref)
  return left(ref, true)
}

/** @see OTP `erlang:read_timer/1` */
export function readTimer(ref: Ref): number | false {
  if (!isRef(ref)) throw new BadArgError('readTimer: ref', 'a timer reference', ref)
  return left(ref, false)
}

// A timer runs on the node of its target, whoever made it and whoever asks.
function left(ref: Ref, cancel: boolean): number | false {
  const timer = (ref as Reference)._timer as Timer | null
  return timer === null ? false : timer.owner.left(ref as Reference, cancel)
}

/** A timer is due: the message goes where it was meant to go, if that is still there. */
export function fireTimer(kernel: Kernel, timer: Timer): void {
  const { dest } = timer
  if (typeof dest === 'function') (dest as (message: unknown) => void)(timer.message)
  else if (typeof dest !== 'string' || kernel.names.has(dest)) sendTo(kernel, dest, timer.message, 'sendAfter')
}
