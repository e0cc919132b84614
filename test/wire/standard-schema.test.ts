// How a value is checked by a schema of any library that implements Standard Schema 1.
import { describe, expect, test } from '@jest/globals'
import { type } from './arktype.js'
import * as v from 'valibot'
import { z } from 'zod'
import { type AnySchema, fit, isLater, isSchema, type Misfit } from '../../src/wire/standard-schema.js'

interface Library {
  readonly name: string
  readonly vendor: string
  readonly text: AnySchema
  /** `{ user: { names: string[] } }` */
  readonly nested: AnySchema
  /** A text of digits becomes a number. */
  readonly digits: AnySchema
}
const LIBRARIES: readonly Library[] = [
  {
    name: 'zod',
    vendor: 'zod',
    text: z.string(),
    nested: z.object({ user: z.object({ names: z.array(z.string()) }) }),
    digits: z.string().regex(/^\d+$/).transform(Number),
  },
  {
    name: 'valibot',
    vendor: 'valibot',
    text: v.string(),
    nested: v.object({ user: v.object({ names: v.array(v.string()) }) }),
    digits: v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number)),
  },
  {
    name: 'arktype',
    vendor: 'arktype',
    text: type('string'),
    nested: type({ user: { names: 'string[]' } }),
    digits: type('string.numeric.parse'),
  },
]

describe.each(LIBRARIES)('a schema of $name', ({ vendor, text, nested, digits }) => {
  test('is a schema, of that library', () => {
    expect(isSchema(text)).toBe(true)
    expect(text['~standard'].vendor).toBe(vendor)
  })

  test('a value that fits is answered', () => {
    expect(fit(text, 'hi')).toEqual({ value: 'hi' })
    expect(fit(nested, { user: { names: ['ann'] } })).toEqual({ value: { user: { names: ['ann'] } } })
  })

  test('a value that does not fit has an empty path and what was expected', () => {
    const { misfit } = fit(text, 7) as { readonly misfit: Misfit }
    expect(misfit.path).toEqual([])
    expect(misfit.expected).toMatch(/string/)
  })

  test('the path leads through keys and places of arrays', () => {
    const { misfit } = fit(nested, { user: { names: ['ann', 7] } }) as { readonly misfit: Misfit }
    expect(misfit.path).toEqual(['user', 'names', 1])
    expect(JSON.stringify(misfit.path)).toBe('["user","names",1]')
    expect(misfit.expected).toMatch(/string/)
  })

  test('what it makes of the value is the value', () => {
    expect(fit(digits, '42')).toEqual({ value: 42 })
    expect(fit(digits, 'many')).toHaveProperty('misfit')
  })
})

describe('a schema that takes its time', () => {
  test.each<readonly [name: string, schema: AnySchema]>([
    ['zod', z.string().refine(async (text) => text !== 'no', 'not no')],
    [
      'valibot',
      v.pipeAsync(
        v.string(),
        v.checkAsync(async (text) => text !== 'no', 'not no'),
      ),
    ],
  ])('of %s is answered later', async (_name, schema) => {
    const [good, bad] = [fit(schema, 'yes'), fit(schema, 'no')]
    expect(isLater(good)).toBe(true)
    expect(await good).toEqual({ value: 'yes' })
    expect(await bad).toEqual({ misfit: { path: [], expected: 'not no' } })
  })
})

type Validate = AnySchema['~standard']['validate']
const made = (validate: Validate): AnySchema => ({ '~standard': { version: 1, vendor: 'ours', validate } })

describe('a schema by hand', () => {
  test('steps of a path may be { key }, symbols and numbers', () => {
    const path = [{ key: 'rows' }, { key: 3 }, Symbol('s'), 'name', 0]
    expect(
      fit(
        made(() => ({ issues: [{ message: 'bad', path }] })),
        1,
      ),
    ).toEqual({
      misfit: { path: ['rows', 3, 'Symbol(s)', 'name', 0], expected: 'bad' },
    })
  })

  test('only the first issue is told', () => {
    const schema = made(() => ({ issues: [{ message: 'first' }, { message: 'second' }] }))
    expect(fit(schema, 1)).toEqual({ misfit: { path: [], expected: 'first' } })
  })

  test('a list of no issues is no success', () => {
    expect(
      fit(
        made(() => ({ issues: [] })),
        1,
      ),
    ).toEqual({ misfit: { path: [], expected: '' } })
  })

  test.each([
    [15, 15],
    [16, 16],
    [17, 16],
  ])('of a path of %i steps %i are told', (steps, told) => {
    const path = Array.from({ length: steps }, (_, at) => at)
    const { misfit } = fit(
      made(() => ({ issues: [{ message: '', path }] })),
      1,
    ) as { readonly misfit: Misfit }
    expect(misfit.path).toEqual(path.slice(0, told))
  })

  test.each([
    [299, 299],
    [300, 300],
    [301, 300],
  ])('of %i characters of what was expected, and of a step, %i are told', (length, told) => {
    const message = 'x'.repeat(length)
    const { misfit } = fit(
      made(() => ({ issues: [{ message, path: [message] }] })),
      1,
    ) as { readonly misfit: Misfit }
    expect([misfit.expected.length, String(misfit.path[0]).length]).toEqual([told, told])
  })

  test('what it throws goes through', () => {
    const thrown = new Error('its own fault')
    const schema = made(() => {
      throw thrown
    })
    expect(() => fit(schema, 1)).toThrow(thrown)
  })

  test('a promise of another realm is one', async () => {
    // oxlint-disable-next-line unicorn/no-thenable -- that is the point
    const thenable = { then: (settle: (value: unknown) => void) => settle({ value: 1 }) }
    expect(isLater(thenable as never)).toBe(true)
    expect(isLater(null)).toBe(false)
  })
})

test.each<readonly [what: string, value: unknown]>([
  ['null', null],
  ['undefined', undefined],
  ['a text', 'string'],
  ['an object without the key', {}],
  ['null under the key', { '~standard': null }],
  ['no validate', { '~standard': { version: 1, vendor: 'x' } }],
])('%s is no schema', (_what, value) => {
  expect(isSchema(value)).toBe(false)
})
