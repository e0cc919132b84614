// Reports whose facts or logger cannot be trusted: the report is made all the same, and nothing is thrown.
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { createNode, type Logger } from 'gensock'
import { Crash } from '../../src/base/exit-reason.js'
import { type Process, processOf } from '../../src/runtime/process.js'
import { logError, logInfo, logWarning, reportCrash } from '../../src/runtime/report.js'

afterEach(() => void jest.restoreAllMocks())

/** A logger that notes its lines, and throws what `refuses` gives for a line. */
function logger(refuses: (facts: object) => Error | undefined = () => undefined): { lines: unknown[]; it: Logger } {
  const lines: unknown[] = []
  const note =
    (level: string) =>
    (facts: object, text?: string): void => {
      const error = refuses(facts)
      if (error !== undefined) throw error
      lines.push([level, facts, text])
    }
  return { lines, it: { error: note('error'), warn: note('warn'), info: note('info'), debug: note('debug') } as Logger }
}

describe('a line', () => {
  test('goes to its level with its facts', () => {
    const { lines, it } = logger()
    logError(it, { a: 1 }, 'e')
    logWarning(it, { a: 2 }, 'w')
    logInfo(it, { a: 3 }, 'i')
    expect(lines).toEqual([
      ['error', { a: 1 }, 'e'],
      ['warn', { a: 2 }, 'w'],
      ['info', { a: 3 }, 'i'],
    ])
  })

  test('whose facts the logger cannot show comes without them', () => {
    const { lines, it } = logger((facts) => ('bad' in facts ? new Error('no') : undefined))
    logWarning(it, { bad: 1 }, 'text')
    expect(lines).toEqual([['warn', {}, 'text']])
  })

  test.each<[unknown, string]>([
    [new TypeError('always'), 'TypeError'],
    ['a text', 'something'],
  ])('of a logger that always throws becomes a warning of the program (%p)', (thrown, named) => {
    const warn = jest.spyOn(globalThis.process, 'emitWarning').mockImplementation(() => undefined)
    const { it } = logger(() => thrown as Error)
    expect(() => logError(it, {}, 'text')).not.toThrow()
    expect(warn.mock.calls).toEqual([[`gensock: the logger threw ${named}; lost: text`]])
  })
})

test('a crash whose error cannot be read is reported as one', async () => {
  const { lines, it } = logger()
  const node = createNode({ logger: it })
  const error = new Error('x')
  Object.defineProperty(error, 'name', {
    get() {
      throw new Error('cannot be read')
    },
  })
  const pid = node.spawn(async (self) => void (await self.receive()))
  reportCrash(processOf(pid) as Process, new Crash('why', error, 'at nowhere'))
  expect(lines).toEqual([
    [
      'error',
      expect.objectContaining({ pid: String(pid), reason: 'why', stack: 'at nowhere' }),
      `process ${String(pid)} crashed: an error that cannot be shown`,
    ],
  ])
  await node.stop()
})
