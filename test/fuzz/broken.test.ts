// The fuzz finds what it is for: some of the servers that are broken on purpose. All of them: `npm run fuzz -- --broken`.
import { expect, test } from '@jest/globals'
import { BROKEN, findsOut } from './broken.js'

test.each([
  ['text is not checked for UTF-8', /frames: .*(1007|message)/],
  ['the timers of a socket outlive it', /not given back: timers/],
  ['a reset during the handshake ends the program', /uncaught: Error: (read|write) ECONNRESET/],
])(
  '%s: found out',
  async (name, found) => {
    const broken = BROKEN.find((one) => one.name === name)
    expect(broken).toBeDefined()
    if (broken !== undefined) expect(await findsOut(broken, 3)).toMatch(found)
  },
  60_000,
)
