// Standard Schema 1, which zod, valibot, arktype and others implement: its types, inlined, and how a value is checked by one. Pure.
// Entered by contract and by whatever looks at what came or goes.

/**
 * A schema of any library that implements Standard Schema 1, as zod, valibot and arktype do. `Input` is what it takes, `Output`
 * what it makes of that.
 *
 * @example
 * const even: StandardSchema<number> = {
 *   '~standard': {
 *     version: 1,
 *     vendor: 'ours',
 *     validate: (value) =>
 *       typeof value === 'number' && value % 2 === 0 ? { value } : { issues: [{ message: 'expected an even number' }] },
 *   },
 * }
 * even['~standard'].validate(3) // => { issues: [{ message: 'expected an even number' }] }
 * @see https://standardschema.dev
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The whole interface stands under this one key. */
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => Checked<Output> | Promise<Checked<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}
type Checked<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] }
interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}
/**
 * What may be given to a schema; what one end of a connection sends.
 *
 * @example
 * const sent: InputOf<StandardSchema<string, number>> = '42'
 * @see {@link StandardSchema}
 */
export type InputOf<S> = S extends StandardSchema<infer I, any> ? I : never
/**
 * What a schema answers; what the other end gets.
 *
 * @example
 * const got: OutputOf<StandardSchema<string, number>> = 42
 * @see {@link StandardSchema}
 */
export type OutputOf<S> = S extends StandardSchema<any, infer O> ? O : never

/** Of which only the runtime knows the types. */
export type AnySchema = StandardSchema<any, any>

/** Where a value does not fit its schema, and what would. */
export interface Misfit {
  readonly path: readonly (string | number)[]
  readonly expected: string
}
/** What a check says: the value as the schema makes it, or where it does not fit. */
export type Fit = { readonly value: unknown; readonly misfit?: undefined } | { readonly misfit: Misfit }

/** So much of a path and of what a schema says goes over the wire. */
const MAX_PATH = 16
const MAX_EXPECTED = 300

/** Checks now, or later if the schema does. What a schema throws is its author's mistake, and goes through. */
export function fit(schema: AnySchema, value: unknown): Fit | Promise<Fit> {
  const checked = schema['~standard'].validate(value)
  return isLater(checked) ? checked.then(fitOf) : fitOf(checked)
}
function fitOf(checked: Checked<unknown>): Fit {
  const issue = checked.issues?.[0]
  // A result without issues is a success: a list of none is what a library answers that has nothing to say.
  if (issue === undefined) return checked.issues === undefined ? { value: checked.value } : { misfit: { path: [], expected: '' } }
  // `from`, for arktype's paths are of a class whose `map` answers one with an element more.
  const path = Array.from(issue.path ?? []).slice(0, MAX_PATH)
  return { misfit: { path: path.map(stepOf), expected: issue.message.slice(0, MAX_EXPECTED) } }
}
function stepOf(step: PropertyKey | { readonly key: PropertyKey }): string | number {
  const key = typeof step === 'object' ? step.key : step
  return typeof key === 'symbol' ? String(key) : typeof key === 'string' ? key.slice(0, MAX_EXPECTED) : key
}
/** Is it a promise, be it of another realm? */
export function isLater<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
/** Is it a schema? arktype's are functions. */
export function isSchema(value: unknown): value is AnySchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const standard = (value as Partial<AnySchema>)['~standard']
  return typeof standard === 'object' && standard !== null && typeof standard.validate === 'function'
}

/** Where a value that goes out does not fit. A schema that takes its time is not waited for: the other end checks as well. */
export function misfitOf(schema: AnySchema, value: unknown): Misfit | undefined {
  const checked = fit(schema, value)
  if (!isLater(checked)) return checked.misfit
  checked.catch(() => undefined)
  return undefined
}
export function saying(misfit: Misfit | undefined): string {
  const { path = [], expected = '' } = misfit ?? {}
  return `does not fit the contract${path.length === 0 ? '' : ` at ${path.join('.')}`}: ${expected}`
}
