// A program that does not answer is told of, by its name and by the line that was waited for: nothing waits for ever.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Program } from './programs.js'

let folder: string
let program: Program
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gensock-mute-'))
  const file = join(folder, 'mute.mjs')
  writeFileSync(file, 'console.log("begun well"); console.error("busy"); for (;;);')
  program = new Program('mute server', file, [])
  expect(await program.hear('begun ')).toBe('well')
})
afterAll(async () => {
  program.kill()
  expect(await program.ended()).toBeNull()
  rmSync(folder, { recursive: true })
})

test('a line that does not come', async () => {
  await expect(program.hear('sample ', 50)).rejects.toThrow('the mute server has not said "sample" within 50 ms: busy')
})
test('two who wait at once are both told', async () => {
  const both = await Promise.allSettled([program.hear('sample ', 20), program.hear('port ', 50)])
  expect(both.map(({ status, reason }: any) => [status, reason?.message.slice(0, 39)])).toEqual([
    ['rejected', 'the mute server has not said "sample" w'],
    ['rejected', 'the mute server has not said "port" wit'],
  ])
})
test('an end that does not come', async () => {
  await expect(program.ended(50)).rejects.toThrow('the mute server has not ended within 50 ms: busy')
})
