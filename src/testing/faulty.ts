// A callback module whose callbacks throw when chance wants it. Entered by simulation.
import { BadArgError } from '../base/errors.js'

type Callback = (...given: unknown[]) => unknown

/** The module with a call of `before` in front of each callback. @internal */
export function faultyModule<T extends object>(
  module: T,
  only: readonly string[] | undefined,
  before: (name: string) => void,
): T {
  if (typeof module !== 'object' || module === null || Array.isArray(module))
    throw new BadArgError('faulty: module', CALLBACKS, module)
  const wanted = only === undefined ? undefined : new Set(only)
  const names = new Set<string>()
  const faulty = copyOf(module, new Map(), (name, callback) => {
    names.add(name)
    if (wanted !== undefined && !wanted.has(name)) return undefined
    return (self, given) => {
      before(name)
      return callback.apply(self, given)
    }
  })
  if (names.size === 0) throw new BadArgError('faulty: module', CALLBACKS, module)
  const missing = (only ?? []).filter((name) => !names.has(name))
  if (missing.length > 0) throw new BadArgError('faulty: only', 'names of callbacks of the module', missing)
  return faulty
}
const CALLBACKS = 'an object with callbacks'

/** What is done in place of a callback; undefined: it stays as it is. */
type Fault = (name: string, callback: Callback) => ((self: unknown, given: unknown[]) => unknown) | undefined

/** A copy of a module or table. `copies`: those there are already, as a table may hold itself. */
function copyOf<T extends object>(module: T, copies: Map<object, object>, fault: Fault): T {
  const copy = Object.create(prototypeOf(module)) as T
  copies.set(module, copy)
  // What an object of a class keeps in private is found in that object only.
  const isOfClass = !isPlain(module)
  const selfOf = (self: unknown): unknown => (isOfClass && self === copy ? module : self)
  for (const [key, field] of fieldsOf(module)) {
    const value: unknown = field.value
    if (typeof value === 'function' && typeof key === 'string') {
      const instead = fault(key, value as Callback)
      if (instead !== undefined || isOfClass) field.value = inPlaceOf(value as Callback, instead, selfOf)
    } else if (isTable(key, value)) field.value = copies.get(value) ?? copyOf(value, copies, fault)
    else if (field.get !== undefined) field.get = () => Reflect.get(module, key) as unknown
    Object.defineProperty(copy, key, field)
  }
  return copy
}

/** Its own fields, and what it has from its class and from those above. */
function fieldsOf(module: object): Map<string | symbol, PropertyDescriptor> {
  const fields = new Map<string | symbol, PropertyDescriptor>()
  let from: object | null = module
  do {
    for (const key of Reflect.ownKeys(from))
      if (!fields.has(key) && (from === module || key !== 'constructor'))
        fields.set(key, Object.getOwnPropertyDescriptor(from, key) as PropertyDescriptor)
    from = prototypeOf(from)
  } while (from !== null && prototypeOf(from) !== null)
  return fields
}

function inPlaceOf(callback: Callback, instead: ReturnType<Fault>, selfOf: (self: unknown) => unknown): Callback {
  const { length } = callback
  const placed = function (this: unknown, ...given: unknown[]): unknown {
    return instead === undefined ? callback.apply(selfOf(this), given) : instead(selfOf(this), given)
  }
  // Some callers look at how many arguments a callback takes.
  return Object.defineProperty(placed, 'length', { value: length, configurable: true })
}

/** Clauses by the type of the request, as in `handleCall`. What a handler has in `defaults` are options of its route. */
function isTable(key: string | symbol, value: unknown): value is object {
  return key !== 'defaults' && typeof value === 'object' && value !== null && isPlain(value)
}
/** Made by `{}`, wherever: each realm has its own `Object.prototype`. */
function isPlain(value: object): boolean {
  const above = prototypeOf(value)
  return above === null || prototypeOf(above) === null
}
const prototypeOf = (of: object): object | null => Object.getPrototypeOf(of) as object | null
