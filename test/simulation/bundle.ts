// The simulation with the sources of src as one file of JavaScript; with a replacement: the same with one text of src broken on
// purpose. Entered by scripts/simulate.mjs and find-variants.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type BuildContext, context, type OutputFile, type Plugin } from 'esbuild'

/** One text of one file of the sources that is something else in a bundle. */
export interface Replacement {
  /** Path from the root of the repository. */
  readonly file: string
  /** Must occur exactly once. */
  readonly from: string
  readonly to: string
}
/** What the sources load at run time: stays outside. */
const PACKAGES = ['cookie', 'ws', 'xstate']

/** Makes bundles, one after the other; what they have in common is read once. `root` is the folder of the repository. */
export class Bundler {
  readonly #root: string
  readonly #replaced: { path: string; contents: string } = { path: '', contents: '' }
  #context: Promise<BuildContext> | undefined

  constructor(root: string) {
    this.#root = root
  }

  /** Writes one. `outfile` must be below the root, or no package is found. Only one at a time. */
  async bundle(outfile: string, replacement?: Replacement): Promise<void> {
    Object.assign(this.#replaced, replacement === undefined ? { path: '', contents: '' } : await broken(this.#root, replacement))
    this.#context ??= this.#begin(replacement === undefined)
    const { outputFiles } = await (await this.#context).rebuild()
    await mkdir(dirname(outfile), { recursive: true })
    await writeFile(outfile, ((outputFiles ?? [])[0] as OutputFile).contents)
  }
  async end(): Promise<void> {
    if (this.#context !== undefined) await (await this.#context).dispose()
    this.#context = undefined
  }

  #begin(withMap: boolean): Promise<BuildContext> {
    return context({
      absWorkingDir: this.#root,
      entryPoints: ['test/simulation/main.ts'],
      bundle: true,
      write: false,
      external: PACKAGES,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      tsconfig: 'tsconfig.test.json',
      sourcemap: withMap ? 'inline' : false,
      logLevel: 'silent', // what goes wrong is thrown
      plugins: [this.#plugin()],
    })
  }
  #plugin(): Plugin {
    return {
      name: 'broken on purpose',
      setup: ({ onLoad }) =>
        onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) =>
          path === this.#replaced.path ? { contents: this.#replaced.contents, loader: 'ts', resolveDir: dirname(path) } : null,
        ),
    }
  }
}

async function broken(root: string, { file, from, to }: Replacement): Promise<{ path: string; contents: string }> {
  const path = resolve(root, file)
  const source = await readFile(path, 'utf8')
  const times = source.split(from).length - 1
  if (times !== 1) throw new Error(`${file} has the text ${JSON.stringify(from)} ${times} times, not once`)
  return { path, contents: source.replace(from, () => to) }
}
