// Hot path. One turn of one process: the first start, a waiting receive, or messages one by one within the budget. The one
// place that catches user code. Entered by the run queue; calls the program, receive and exit.
import { type ExitReason, reasonOfThrown } from '../base/exit-reason.js'
import { terminate } from './exit.js'
import { take } from './mailbox.js'
import { BUSY, DEAD, type Process, READY, shared, WAITING } from './process.js'
import { abandonReceive, resumeReceive } from './receive.js'
import { reportIfCrash } from './report.js'

/** Runs one turn of a ready process. */
export function runTurn(process: Process): void {
  if (process.state !== READY) return
  const before = shared.current
  shared.current = process
  process.state = BUSY
  try {
    if (process.waiter !== null) {
      process.kernel.queue.tick()
      resumeReceive(process)
    } else if (process.started) messages(process)
    else {
      process.kernel.queue.tick()
      start(process)
    }
  } catch (thrown) {
    fail(process, thrown)
  } finally {
    shared.current = before
  }
}

function start(process: Process): void {
  process.started = true
  const result = process.program.start(process)
  if (result === undefined) started(process)
  else
    result.then(
      () => inTurn(process, started),
      (thrown: unknown) => inTurn(process, fail, thrown),
    )
}

function started(process: Process): void {
  if (process.program.message === undefined) terminate(process, 'normal')
  else {
    abandon(process)
    messages(process)
  }
}

function messages(process: Process): void {
  const { program } = process
  const { queue } = process.kernel
  let left = queue.turnMessages
  while (process.queueLength > 0 && process.state === BUSY && left-- > 0) {
    const result = (program.message as NonNullable<typeof program.message>)(process, take(process))
    if (result !== undefined) {
      queue.tick() // a chain of promises must not hold up the event loop either
      return follow(process, result)
    }
    if (process.waiter !== null) abandon(process)
    if (!queue.tick()) break
  }
  rest(process)
}

// A receive that a callback started and did not await ends with the callback: it must not take the next message.
function abandon(process: Process): void {
  if (process.state === DEAD) return
  abandonReceive(process)
  process.state = BUSY
}

/** Nothing to do for now, or the budget is used up. */
function rest(process: Process): void {
  if (process.state !== BUSY) return
  if (process.queueLength === 0) {
    process.state = WAITING
  } else {
    process.state = READY
    process.kernel.queue.push(process)
  }
}

// A callback answered a promise: the process is busy until it settles, its mailbox fills.
function follow(process: Process, result: Promise<void>): void {
  result.then(
    () => inTurn(process, rest),
    (thrown: unknown) => inTurn(process, fail, thrown),
  )
}

/** Continues after a promise, with the process as the current one. */
function inTurn(process: Process, then: (process: Process, thrown?: unknown) => void, thrown?: unknown): void {
  if (process.state === DEAD) return
  const before = shared.current
  shared.current = process
  abandon(process)
  try {
    then(process, thrown)
  } catch (again) {
    fail(process, again)
  } finally {
    shared.current = before
  }
}

function fail(process: Process, thrown: unknown): void {
  if (process.state === DEAD) return
  process.kernel.queue.tick()
  abandon(process)
  const { program } = process
  if (program.crashed === undefined) return crash(process, thrown)
  try {
    const result = program.crashed(process, thrown)
    if (result === undefined) rest(process)
    else
      result.then(
        () => inTurn(process, rest),
        (again: unknown) => crash(process, again),
      )
  } catch (again) {
    crash(process, again)
  }
}

function crash(process: Process, thrown: unknown): void {
  const reason: ExitReason = reasonOfThrown(thrown)
  reportIfCrash(process, reason)
  terminate(process, reason)
}
