// Names of a node: register, unregister, whereis.
import { BadArgError, GensockError } from '../base/errors.js'
import type { AnyPid } from '../base/pid.js'
import { resolve } from './links.js'
import type { Kernel, Process } from './process.js'

/** Refuses what cannot be a name: anything but a non-empty string, and `undefined` as in OTP. */
export function requireName(where: string, name: unknown): asserts name is string {
  if (typeof name !== 'string' || name === '' || name === 'undefined') {
    throw new BadArgError(where, "a non-empty string other than 'undefined'", name)
  }
}

/** Refuses a name that is taken. */
export function requireFree(kernel: Kernel, name: string, where: string): void {
  const holder = kernel.names.get(name)
  if (holder !== undefined) {
    throw new GensockError(
      'GENSOCK_ERR_NAME_TAKEN',
      `${where}: the name ${JSON.stringify(name)} belongs to ${String(holder.pid)}`,
      'badarg',
    )
  }
}

/** @see OTP `erlang:register/2` */
export function register(kernel: Kernel, name: string, pid: AnyPid): void {
  requireName('register: name', name)
  const process = resolve(kernel, pid, 'register: pid')
  if (!process) throw new BadArgError('register: pid', 'a living process of this node', pid, 'GENSOCK_ERR_NOPROC')
  requireFree(kernel, name, 'register')
  if (process.name !== null) {
    throw new GensockError(
      'GENSOCK_ERR_NAME_TAKEN',
      `register: ${String(pid)} is registered as ${JSON.stringify(process.name)} already`,
      'badarg',
    )
  }
  enter(kernel, name, process)
}

/** Enters a name that has been checked. */
export function enter(kernel: Kernel, name: string, process: Process): void {
  kernel.names.set(name, process)
  process.name = name
}

/** @see OTP `erlang:unregister/1` */
export function unregister(kernel: Kernel, name: string): void {
  requireName('unregister: name', name)
  const process = kernel.names.get(name)
  if (process === undefined) throw new BadArgError('unregister: name', 'a registered name', name, 'GENSOCK_ERR_NOPROC')
  kernel.names.delete(name)
  process.name = null
}
