// The client in browsers: the file that pages without a bundler load, and the door as a bundler takes it. Both are small, and the second
// has nothing of Node in it, or it could not be bundled. Entered by test-package.mjs.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { report } from './report.mjs'
import { run } from './run.mjs'

const MAX_BYTES = 6144

export async function checkBundle(project) {
  const file = `${project}/node_modules/gensock/dist/client/gensock-client.js`
  const program = `console.log(typeof (await import('${file}')).connect)`
  const { stdout, output } = await run(process.execPath, ['--input-type=module', '-e', program], project)
  const bytes = gzipSync(readFileSync(file)).length
  report(`dist/client/gensock-client.js: ${bytes} bytes gzipped`, stdout === 'function\n' && bytes < MAX_BYTES, output)
  await checkDoor(project)
}

async function checkDoor(project) {
  try {
    const { outputFiles } = await build({
      stdin: { contents: "export { connect } from 'gensock/client'", resolveDir: project },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      write: false,
      logLevel: 'silent',
    })
    const bytes = gzipSync(outputFiles[0].contents).length
    report(`gensock/client by a bundler: ${bytes} bytes gzipped`, bytes < MAX_BYTES, `the limit is ${MAX_BYTES}`)
  } catch (error) {
    report('gensock/client by a bundler', false, error.message)
  }
}
