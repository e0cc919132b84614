// The browser client as single files: dist/client/gensock-client.js, and src/handlers/zotonic/stream-script.ts for the stream tag. `npm run
// build` calls it. The latter is also the text of src/handlers/zotonic/stream-script.ts, from where it is served, be it from a
// build or from the source: `npm run stream-script` writes that file, `node scripts/client.mjs --check` says if it is up to date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const script = `${root}src/handlers/zotonic/stream-script.ts`
const HEAD = `// The script that the stream tag loads into a page, as text: src/client/stream.ts with all that it imports, made by
// \`npm run stream-script\`. Entered by controller-stream.

/** The stream client, for the browser. */
export function streamScript(): string {
  return SCRIPT
}

const SCRIPT = [
`
const WIDTH = 118

/** A file of src/client with all that it imports, as one module. */
function bundled(name) {
  const { outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: [`src/client/${name}.ts`],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  })
  return outputFiles[0].text
}

const count = (part, quote) => part.split(quote).length
/** Lines of a list of strings; in the quotes that the formatter would choose. */
function linesOf(text) {
  const parts = text.match(new RegExp(`[^]{1,${WIDTH}}`, 'g'))
  return parts.map((part) => {
    const quote = count(part, "'") > count(part, '"') ? '"' : "'"
    const escaped = part.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll(quote, `\\${quote}`)
    return `  ${quote}${escaped}${quote},\n`
  })
}

const stream = bundled('stream')
const module = `${HEAD}${linesOf(stream).join('')}].join('')\n`
if (process.argv[2] === '--check') {
  if (readFileSync(script, 'utf8') !== module) {
    process.stderr.write('src/handlers/zotonic/stream-script.ts is not what src/client makes: npm run stream-script\n')
    process.exitCode = 1
  }
} else if (process.argv[2] === '--script') writeFileSync(script, module)
else {
  mkdirSync(`${root}dist/client`, { recursive: true })
  writeFileSync(`${root}dist/client/gensock-client.js`, bundled('index'))
}
