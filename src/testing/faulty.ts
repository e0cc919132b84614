// A callback module whose callbacks throw when chance wants it. Entered by simulation.
import { BadArgError } from '../base/errors.js'

/** The module with a call of `before` in front of each callback. @internal */
export function faultyModule<T extends object>(
  module: T,
  only: readonly string[] | undefined,
  before: (name: string) => void,
): T {
  if (typeof module !== 'object' || module === null) throw new BadArgError('faulty: module', 'an object with callbacks', module)
  const wanted = only === undefined ? undefined : new Set(only)
  const found = new Set<string>()
  const wrapped = wrap(module, (name, callback) => {
    if (wanted !== undefined && !wanted.has(name)) return callback
    found.add(name)
    return function (this: unknown, ...given: unknown[]): unknown {
      before(name)
      return callback.apply(this, given)
    }
  })
  const missing = (only ?? []).filter((name) => !found.has(name))
  if (missing.length > 0) throw new BadArgError('faulty: only', 'names of callbacks of the module', missing)
  return wrapped
}

type Callback = (...given: unknown[]) => unknown

function wrap<T extends object>(module: T, wrapped: (name: string, callback: Callback) => Callback): T {
  const fields = Object.getOwnPropertyDescriptors(module) as Record<string, PropertyDescriptor>
  for (const [name, field] of Object.entries(fields)) {
    const value: unknown = field.value
    if (typeof value === 'function') {
      const callback = wrapped(name, value as Callback)
      // Some callers look at how many arguments a callback takes.
      if (callback !== value) Object.defineProperty(callback, 'length', { value: value.length, configurable: true })
      field.value = callback
    } else if (isTable(value)) field.value = wrap(value, wrapped)
  }
  return Object.create(Object.getPrototypeOf(module) as object | null, fields) as T
}

/** Clauses by the type of the request, as in `handleCall`. */
function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
