// Where the repository is, and a Node program run in it. Entered by the other files of the build.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** The folder of the repository, with a slash at its end. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Rejects with what the program printed when it fails. */
export const run = (...args) => execute(process.execPath, args, { cwd: root })
