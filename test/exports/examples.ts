// The examples in docstrings, run as they stand: `// => value` is what a line answers.
import { compileFunction } from 'node:vm'
import { expect } from '@jest/globals'
import { transformSync } from '@swc/core'
import * as gensock from 'gensock'
import { type Receiver, spawn } from 'gensock'

/** The example in a docstring; undefined if there is none. */
export function exampleIn(doc: string): string | undefined {
  return /@example\n([\s\S]*?)\n *(?:\* @|\*\/$)/.exec(doc)?.[1]?.replaceAll(/^ *\* ?/gm, '')
}

/** TypeScript of an example -> a function's body in JavaScript that checks each `// =>`. */
function bodyOf(code: string): string {
  const checked = code.replaceAll(/^(const (\w+) = )?(.*?) \/\/ => (.*)$/gm, (_line, declared, name, answered, value) =>
    declared === undefined
      ? `expect(${answered}).toEqual(${value})`
      : `${declared}${answered}\nexpect(${name}).toEqual(${value})`,
  )
  const source = `async function example() {\n${checked}\n}`
  const { code: script } = transformSync(source, { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } })
  return `${script}\nreturn example()`
}

/** What an example takes for granted. */
export type Names = Readonly<Record<string, unknown>>

/** What examples print is not looked at. */
const QUIET = { log: () => undefined, warn: () => undefined, error: () => undefined }

/** `self` is imported and a function, or an argument of a callback and the Self itself: an example means the one or the other. */
const bothSelves = (self: Receiver): unknown =>
  new Proxy(gensock.self, {
    get(_free, name) {
      const value: unknown = Reflect.get(self, name)
      return typeof value === 'function' ? value.bind(self) : value
    },
  })

/**
 * Runs an example in a process of its own on the default node. Under jest its literals are of another realm than the library,
 * which takes its `/x/` for no RegExp and finds its `[1]` unlike its own.
 */
export function runExample(code: string, before: (self: Receiver<any>) => Names | Promise<Names>): Promise<void> {
  return new Promise((resolve, reject) => {
    spawn(async (self: Receiver<any>) => {
      try {
        const names: Names = { console: QUIET, ...(await before(self)), self: bothSelves(self), expect }
        const run = compileFunction(bodyOf(code), Object.keys(names)) as (...values: unknown[]) => Promise<unknown>
        await self.run(() => run(...Object.values(names)))
        resolve()
      } catch (error) {
        reject(error as Error)
      }
    })
  })
}
