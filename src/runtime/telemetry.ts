// What happens inside, for whoever listens on node:diagnostics_channel. Costs one property read when nobody does.
import { channel } from 'node:diagnostics_channel'

/** `{ pid, name }` when a process has been made. */
export const spawnChannel = channel('gensock:process:spawn')
/** `{ pid, reason }` when a process has ended. */
export const exitChannel = channel('gensock:process:exit')
/** `{ pid, error, reason }` when a process has ended by an uncaught exception. */
export const crashChannel = channel('gensock:process:crash')
