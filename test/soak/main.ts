// `npm run soak -- --minutes N [--out DIR] [--seed N]`: a server under a load that comes and goes, in two programs. Prints the
// report, and writes it with its picture to DIR. Exit code 1: something did not come back to its start level, an answer was
// lost, or one of the programs did not answer; 2: wrong flags.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Options, options, USAGE } from './options.js'
import { picture } from './picture.js'
import { json, markdown } from './report.js'
import { soak } from './run.js'
import { verdict } from './verdict.js'

async function run({ minutes, out, seed }: Options): Promise<number> {
  const done = await soak({ seconds: minutes * 60, seed, say: (line) => console.log(line) })
  console.log(`\n${markdown(done)}`)
  if (out !== undefined) {
    mkdirSync(out, { recursive: true })
    writeFileSync(join(out, 'soak.md'), markdown(done))
    writeFileSync(join(out, 'soak.json'), json(done))
    writeFileSync(join(out, 'soak.svg'), picture(done.marks))
  }
  const wrong = verdict(done.marks, done.load, done.errors)
  for (const line of wrong) console.error(`soak: ${line}`)
  return wrong.length === 0 ? 0 : 1
}

let given: Options | undefined
try {
  given = options(process.argv.slice(2))
} catch (error) {
  console.error(`soak: ${(error as Error).message.split('\n', 1)[0]}; ${USAGE}`)
  process.exitCode = 2
}
if (given !== undefined)
  process.exitCode = await run(given).catch((error: Error) => {
    console.error(`soak: ${error.message}`)
    return 1
  })
