// Each example has a short README, whose one command runs it; what it says that is printed is printed.
import { existsSync, readdirSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { Command } from './command.js'
import { readmeOf, type Step } from './readme.js'

const names = readdirSync('examples', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
/** `npm start` has a page of its own, which is as long as it needs to be; its tests run it. */
const short = names.filter((name) => name !== 'playground')

/** A free port stands for 8080. */
const PORT = /(?<=(?:localhost|127\.0\.0\.1):)\d+/
const written = (line: string): string => line.replace(PORT, '8080')

async function follow(command: Command, { prints }: Step): Promise<void> {
  for (const wanted of prints) await command.line((line) => written(line) === wanted)
}

test.each(names)('examples/%s has a README', (name) => {
  expect(existsSync(`examples/${name}/README.md`)).toBe(true)
})

describe.each(short)('the README of examples/%s', (name) => {
  test('has its name, 8 to 16 lines, one command, what that prints, and what to read first', () => {
    const { text, run } = readmeOf(name)
    expect(text.startsWith(`# ${name}\n\n`)).toBe(true)
    expect(text.trimEnd().split('\n').length).toBeGreaterThanOrEqual(8)
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(16)
    expect(run.command).toBe(`npm run example ${name}`)
    const [, first = ''] = /\bRead `([\w./-]+\.ts)` first\b/.exec(text.replaceAll(/\s+/g, ' ')) ?? []
    expect(existsSync(`examples/${name}/${first}`)).toBe(true)
  })
})

describe('the command of a README', () => {
  test.concurrent.each(short)(
    'runs examples/%s, from the sources, and prints what the README says',
    async (name) => {
      const { run, after } = readmeOf(name)
      const example = new Command(run.command, { PORT: '0' })
      try {
        await follow(example, run)
        for (const step of after) {
          const port = await example.first(PORT)
          const other = new Command(step.command.replace(PORT, port))
          await follow(other, step).finally(() => other.stop())
        }
      } finally {
        await example.stop()
      }
    },
    60_000,
  )

  test('without a name lists the examples', async () => {
    const list = new Command('node scripts/example.mjs nothing 2>&1')
    const line = await list.line((text) => text.startsWith('npm run example'))
    expect(line.split('one of ')[1]?.split(', ').toSorted()).toEqual(short.toSorted())
    expect(await list.ended).toBe(1)
  })
})
