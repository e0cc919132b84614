// Broken variants of the runtime, the behaviours and the groups; those marked so were bugs of this library once. Entered by
// variants.test and by scripts that look for the seeds.
import type { Variant } from './variant.js'

/** Found by the scenario `messages`. */
const OF_MESSAGES: readonly Omit<Variant, 'scenario'>[] = [
  {
    name: 'a link stays at the end of a process',
    file: 'src/runtime/exit.ts',
    from: '      unlinkOne(linked, process)\n',
    to: '',
    breaks: 'no link outlives its process',
  },
  {
    name: 'a monitor fires twice',
    file: 'src/runtime/exit.ts',
    from: 'for (const monitor of monitors.values()) fireDown(monitor, reason)',
    to: 'for (const monitor of [...monitors.values()].flatMap((one) => [one, one])) fireDown(monitor, reason)',
    breaks: 'a monitor fires exactly once',
  },
  {
    name: 'a name is kept after the end',
    file: 'src/runtime/exit.ts',
    from: '  if (process.name !== null) kernel.names.delete(process.name)\n',
    to: '',
    breaks: 'no name outlives its process',
  },
  {
    name: 'timers are not dropped with their process',
    file: 'src/runtime/exit.ts',
    from: '  kernel.timers.dropAll(process)\n',
    to: '',
    breaks: 'no timer outlives its process',
  },
  {
    name: 'aliases stay at the end of a process',
    file: 'src/runtime/exit.ts',
    from: '  if (process.aliases !== null) for (const id of process.aliases) removeAlias(process, id, false)\n',
    to: '',
    breaks: 'no alias outlives its process',
  },
  {
    name: 'a process that has ended still sends',
    file: 'src/runtime/self.ts',
    from: "if (this.#process.state !== DEAD) sendTo(this.#process.kernel, dest, message, 'send')",
    to: "sendTo(this.#process.kernel, dest, message, 'send')",
    breaks: 'a process that has ended does nothing',
  },
  {
    name: 'an EXIT with normal is lost',
    file: 'src/runtime/exit.ts',
    from: 'else if (process.trapExit) post(',
    to: "else if (process.trapExit && reason !== 'normal') post(",
    breaks: 'a link fires exactly once',
  },
  {
    name: 'kill can be trapped',
    file: 'src/runtime/exit.ts',
    from: "if (reason === 'kill' && !linked)",
    to: "if (reason === 'kill' && !linked && !process.trapExit)",
    breaks: 'a process ends with the reason of what ended it',
  },
  {
    name: 'an end with kill kills over links what could trap it',
    file: 'src/runtime/exit.ts',
    from: "if (reason === 'kill' && !linked)",
    to: "if (reason === 'kill')",
    breaks: 'a process ends with the reason of what ended it',
  },
  {
    name: 'a selective receive turns the order of the others round',
    file: 'src/base/fifo.ts',
    from: 'for (let i = index; i < this.length - 1; i++) items[(this.#head + i) & mask] = items[(this.#head + i + 1) & mask]',
    to: 'items[(this.#head + index) & mask] = items[(this.#head + this.length - 1) & mask]',
    breaks: 'messages of one sender are handled in order',
    firstSeed: 71,
  },
  {
    name: 'a receive that is resumed skips what was there before',
    file: 'src/runtime/receive.ts',
    from: 'scanned: index >= 0 ? index : process.queueLength,',
    to: 'scanned: process.queueLength,',
    breaks: 'a message is lost only with its process',
  },
  {
    name: 'demonitor does not flush',
    file: 'src/runtime/links.ts',
    from: '} else if (options?.flush === true) discard(',
    to: '} else if (options?.flush === undefined) discard(',
    breaks: 'a monitor never fires after demonitor with flush',
  },
  {
    name: 'an alias for one reply takes two',
    file: 'src/runtime/send.ts',
    from: '  if (alias.once) removeAlias(alias.owner, ref.id, true)\n',
    to: '',
    breaks: 'nothing reaches a process that was not sent to it',
  },
  {
    name: 'cancelTimer forgets to take the timer out',
    file: 'src/runtime/timers.ts',
    from: '    if (cancel) this.#remove(timer)\n',
    to: '    if (cancel) timer.ref._timer = null\n',
    breaks: 'a timer never fires once it is cancelled',
  },
  {
    name: 'timers fire a millisecond early',
    file: 'src/runtime/timers.ts',
    from: 'const dueMs = Math.ceil(this.#clock.now() + delayMs)',
    to: 'const dueMs = Math.ceil(this.#clock.now() + delayMs - (delayMs > 20 ? 1 : 0))',
    breaks: 'a timer never fires early',
  },
  {
    name: 'a bug once: a timer set while cancelled ones are cleared away is lost',
    file: 'src/runtime/timers.ts',
    from: `      if (this.#heap.length > 64 && this.#heap.length > 4 * (this.size + 1)) this.#compact()
      bucket = new Bucket(dueMs)
      this.#buckets.set(dueMs, bucket)
      this.#heapPush(dueMs)
`,
    to: `      bucket = new Bucket(dueMs)
      this.#buckets.set(dueMs, bucket)
      this.#heapPush(dueMs)
      if (this.#heap.length > 64 && this.#heap.length > 4 * (this.size + 1)) this.#compact()
`,
    breaks: 'a timer fires once',
  },
  {
    name: 'a member of a group stays in it after its end',
    file: 'src/groups/scope.ts',
    from: '      this.#set(group, member, 0)\n',
    to: '',
    breaks: 'no group member outlives its process',
  },
]

/** Found by the scenario `supervisors`. */
const OF_SUPERVISORS: readonly Omit<Variant, 'scenario'>[] = [
  {
    name: 'restForOne restarts one too many',
    file: 'src/behaviours/supervisor-policy.ts',
    from: "state.strategy === 'restForOne' ? index : 0",
    to: "state.strategy === 'restForOne' ? Math.max(0, index - 1) : 0",
    breaks: 'with a child come back those that must, and no others',
  },
  {
    name: 'restForOne restarts one too few',
    file: 'src/behaviours/supervisor-policy.ts',
    from: "down.children.slice(state.strategy === 'restForOne' ? index : 0)",
    to: "down.children.slice(state.strategy === 'restForOne' ? index : 0, state.strategy === 'restForOne' ? -1 : undefined)",
    breaks: 'with a child come back all those that must',
  },
  {
    name: 'one restart more than the intensity',
    file: 'src/behaviours/supervisor-policy.ts',
    from: 'allowed: restarts.count <= flags.intensity',
    to: 'allowed: restarts.count <= flags.intensity + 1',
    breaks: 'intensity is honoured',
  },
  {
    name: 'restarts are counted for ever',
    file: 'src/behaviours/supervisor-policy.ts',
    from: 'one !== null && nowMs - one.atMs <= periodMs; one',
    to: 'one !== null && nowMs - one.atMs <= periodMs + 50; one',
    breaks: 'restarts count within the period only',
  },
  {
    name: 'children are ended in the order of their start',
    file: 'src/behaviours/supervisor-policy.ts',
    from: 'entries.filter((entry) => entry.pid !== undefined).toReversed()',
    to: 'entries.filter((entry) => entry.pid !== undefined)',
    breaks: 'children are ended in reverse order',
  },
  {
    name: 'a temporary child comes back with its group',
    file: 'src/behaviours/supervisor-policy.ts',
    from: "group.map((one) => one.child).filter((child) => child.restart !== 'temporary')",
    to: 'group.map((one) => one.child)',
    breaks: 'a temporary child never comes back',
  },
  {
    name: 'a shutdown counts as a crash',
    file: 'src/behaviours/supervisor-policy.ts',
    from: "(restart === 'transient' && !isCleanExit(reason))",
    to: "(restart === 'transient' && reason !== 'normal')",
    breaks: 'a transient child comes back after an abnormal end only',
  },
  {
    name: 'a failed restart is not tried again',
    file: 'src/behaviours/static-children.ts',
    from: 'return post(this.#process, new Retry(action.id))',
    to: 'return undefined',
    breaks: 'the tree is what its specs say whenever it is quiet',
  },
  {
    name: 'a dynamic child that is restarted is forgotten',
    file: 'src/behaviours/dynamic-children.ts',
    from: '      if (started.pid !== undefined) this.#members.set(started.pid, member)\n      return\n',
    to: '      return\n',
    breaks: 'the tree is what its specs say whenever it is quiet',
  },
  {
    name: 'a child gets half of its time to end',
    file: 'src/behaviours/child-process.ts',
    from: 'process.kernel.timers.add(timer, shutdown as number,',
    to: 'process.kernel.timers.add(timer, (shutdown as number) >> 1,',
    breaks: 'a child has its whole time to end',
  },
]

/** Found by the scenario `calls`. */
const OF_CALLS: readonly Omit<Variant, 'scenario'>[] = [
  {
    name: 'a request that timed out keeps its alias',
    file: 'src/behaviours/request.ts',
    from: '  if (abandon) demonitor(process, id.ref, { flush: true })\n',
    to: '',
    breaks: 'no late reply stands in a mailbox',
  },
  {
    name: 'a reply goes to a request that was given up',
    file: 'src/behaviours/request.ts',
    from: 'sendTo(kernel, this.ref, new Reply(this.ref, value)',
    to: 'sendTo(kernel, this.pid, new Reply(this.ref, value)',
    breaks: 'a late reply reaches nobody',
  },
  {
    name: 'a call that is over keeps its monitor',
    file: 'src/runtime/call.ts',
    from: '  waiting.settled = true\n  removeMonitor(waiting)\n',
    to: '  waiting.settled = true\n',
    breaks: 'nobody is left with a monitor of a call',
  },
  {
    name: 'the last of two replies counts',
    file: 'src/runtime/call.ts',
    from: '  if (waiting.settled) return\n',
    to: '',
    breaks: 'each call comes to exactly one end',
  },
  {
    name: 'a last reply is forgotten',
    file: 'src/behaviours/gen-server-rules.ts',
    from: 'result.length === 4 ? () => this.#reply(from, value) : undefined',
    to: 'undefined',
    breaks: 'a call comes to its own reply',
  },
  {
    name: 'a call knows only that its server is gone',
    file: 'src/runtime/call.ts',
    from: 'this.failed(reason, `the process ended',
    to: "this.failed('noproc', `the process ended",
    breaks: 'a call comes to the exit reason of who was called',
  },
]

function of(scenario: string, variants: readonly Omit<Variant, 'scenario'>[]): Variant[] {
  return variants.map((variant) => ({ ...variant, scenario }))
}
export const RUNTIME_VARIANTS: readonly Variant[] = [
  ...of('messages', OF_MESSAGES),
  ...of('supervisors', OF_SUPERVISORS),
  ...of('calls', OF_CALLS),
]
