// The examples in the docstrings of gensock/socket and gensock/testing, run as they stand, in virtual time or on 127.0.0.1.
import { createServer } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import * as gensock from 'gensock'
import { defaultNode } from 'gensock'
import * as socket from 'gensock/socket'
import * as testing from 'gensock/testing'
import { examplesOf, exportsOf, type Names, runExample } from '../docstrings.js'

const echo: socket.SocketHandler<null> = { init: () => ['ok', null], handle: (frame) => ['push', frame, null] }
const files = [...new Set(['sockets/index.ts', 'testing/index.ts'].flatMap(exportsOf).map(({ file }) => file))]
const examples = files.flatMap((file) => examplesOf(file, 'function|class|const|interface|type'))

afterEach(() => defaultNode().stop())

describe('examples', () => {
  test.each(examples)('%s', async (_name, code) => {
    const node = testing.testNode()
    const before = (): Names => ({ ...gensock, ...socket, ...testing, createServer, node, echo })
    await expect(runExample(code, before)).resolves.toBeUndefined()
    await node.stop()
  })

  test('there are examples', () => {
    expect(examples.length).toBeGreaterThan(55)
  })
})
