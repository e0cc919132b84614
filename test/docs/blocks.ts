// The code blocks of a page of documentation, with what readers need not see: comments `<!-- before` above a block, `<!-- after` below it.
import { readdirSync, readFileSync } from 'node:fs'

export interface Block {
  readonly page: string
  /** Of its first line of code, from 1. */
  readonly line: number
  readonly language: string
  /** Words behind the language: `crashes`, `program`. */
  readonly flags: readonly string[]
  readonly before: string
  readonly code: string
  readonly after: string
  /** A first line `// name.ts` names the file that it is. */
  readonly file: string | undefined
}

/** Whoever documents the library: from the root of the repository, in order. */
export function pages(): string[] {
  const docs = (readdirSync('docs', { recursive: true }) as string[]).map((name) => `docs/${name.replaceAll('\\', '/')}`)
  const examples = readdirSync('examples', { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return [
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'CHANGELOG.md',
    'bench/README.md',
    'tools/docs/README.md',
    'packages/create-gensock/README.md',
    ...examples.map(({ name }) => `examples/${name}/README.md`),
    ...docs.filter((name) => name.endsWith('.md')).sort(),
  ]
}

const BLOCK = /(?:^<!-- before\n([\s\S]*?)^-->\n+)?^```(\w*)(.*)\n([\s\S]*?)^```$(?:\n+<!-- after\n([\s\S]*?)^-->$)?/gm

export function blocksOf(page: string, text = readFileSync(page, 'utf8')): Block[] {
  return [...text.matchAll(BLOCK)].map((found) => {
    const [all, before = '', language = '', flags = '', code = '', after = ''] = found
    const above = text.slice(0, found.index + all.indexOf(`\`\`\`${language}`))
    return {
      page,
      line: above.split('\n').length + 1,
      language,
      flags: flags.split(' ').filter((flag) => flag !== ''),
      before,
      code,
      after,
      file: /^\/\/ (\S+\.ts)\n/.exec(code)?.[1],
    }
  })
}
