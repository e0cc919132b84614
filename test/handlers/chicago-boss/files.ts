// Folders with modules of services, made for a test and removed after all of them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from '@jest/globals'

const made: string[] = []
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true })
})

/** A folder with these files: path in it -> text. A path that ends with a slash is an empty folder. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'gensock boss #1 100%-')) // as hard for a URL as a folder can be
  made.push(folder)
  for (const [path, text] of Object.entries(files)) {
    const whole = join(folder, path)
    mkdirSync(path.endsWith('/') ? whole : dirname(whole), { recursive: true })
    if (!path.endsWith('/')) writeFileSync(whole, text)
  }
  return folder
}

/** A service that does nothing, as CommonJS. */
export const SERVICE = "module.exports = () => ({ init: () => ['ok', null] })\n"
/** The same as an ECMAScript module. */
export const ESM_SERVICE = "export default () => ({ init: () => ['ok', null] })\n"
/** The same with types, none of which is JavaScript. */
export const TYPED_SERVICE = `import type { ServiceModule } from 'gensock/chicago-boss'
const typed: ServiceModule<null> = (_req: unknown, _sessionId: string | undefined) => ({ init: () => ['ok', null] })
export default typed
`
