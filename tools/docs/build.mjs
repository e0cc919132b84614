// Builds the site with TypeDoc: each door of package.json is a module by its name, each page of `docs` a guide by its title. Works in
// any clone: no git, no links to a host. Whatever TypeDoc warns of fails the build.
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Application, Comment, Converter, ReflectionFlag, ReflectionKind } from 'typedoc'

/** The pages, by their group. */
const PAGES = {
  Guides: ['docs/*.md'],
  Examples: ['examples/*/README.md', 'packages/*/README.md'],
  Errors: ['docs/errors/*.md'],
  Project: ['ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'bench/README.md', 'tools/*/README.md'],
}
const OPTIONS = {
  name: 'gensock',
  tsconfig: 'tools/docs/tsconfig.json',
  readme: 'README.md',
  projectDocuments: Object.values(PAGES).flat(),
  includeVersion: true,
  disableGit: true,
  disableSources: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  searchInComments: true,
  searchInDocuments: true,
  headings: { readme: false, document: false },
  navigation: { includeGroups: true, includeCategories: false },
  groupOrder: ['Guides', 'Modules', 'Examples', 'Errors', 'Project', '*'],
  sort: ['source-order'],
  sortEntryPoints: false,
  customCss: 'tools/docs/site.css',
  highlightLanguages: ['bash', 'console', 'html', 'javascript', 'json', 'nginx', 'sh', 'text', 'tsx', 'typescript'],
  hideGenerator: true,
  markdownItOptions: { html: true, linkify: false },
  treatWarningsAsErrors: true,
  // Types that only the compiler meets stand in signatures and are no exports: all others have their page.
  validation: { notExported: false, invalidLink: true, invalidPath: true, rewrittenLink: true },
}

/** The doors of package.json, with their files in `src`. */
function doors() {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8'))
  return Object.entries(exports).flatMap(([path, { import: built }]) => {
    const file = built?.default.replace('./dist/esm/', 'src/').replace(/\.js$/, '.ts')
    return file === undefined ? [] : [{ name: join('gensock', path), file }]
  })
}

/** Builds it; what stands on it, or undefined if something is wrong. */
export async function build(out) {
  const entries = doors()
  const app = await Application.bootstrap({ ...OPTIONS, entryPoints: entries.map(({ file }) => file) })
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, page) => preparePage(page))
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, prepareNamespace)
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    project.readme = withoutComments(project.readme)
    sortPages(project)
    for (const module of project.getChildrenByKind(ReflectionKind.Module)) prepareModule(module, entries)
    for (const variable of project.getReflectionsByKind(ReflectionKind.Variable)) asFunction(variable)
  })
  const project = await app.convert()
  if (project === undefined) return undefined
  app.validate(project)
  await app.generateDocs(project, out)
  return app.logger.hasErrors() || app.logger.hasWarnings() ? undefined : { doors: entries, pages: project.documents }
}

/** A page is called by its title and stands in its group. A link to the folder of an example leads to its README. */
function preparePage(page) {
  const file = page.project.files.getReflectionPath(page)
  page.name = /^# (.+)$/m.exec(page.content.map(({ text }) => text).join(''))?.[1].replaceAll('`', '') ?? page.name
  page.frontmatter.group = groupOf(file)
  page.content = withoutComments(page.content)
  if (file.endsWith('/README.md')) page.project.files.registerReflectionPath(dirname(file), page)
}
/** Comments hold what only the tests of a page need: the search is not to find it. */
function withoutComments(parts) {
  let hidden = false
  return parts.flatMap((part) => {
    if (part.kind !== 'text') return hidden ? [] : [part]
    // Each piece ends where a comment begins or ends.
    const pieces = part.text.split(/(<!--|-->)/).filter((piece) => {
      const shown = !hidden && piece !== '<!--'
      hidden = piece === '<!--' || (hidden && piece !== '-->')
      return shown
    })
    return [{ ...part, text: pieces.join('') }]
  })
}
/** In the order in which the README names them; what it does not name comes last. */
function sortPages(project) {
  const readme = readFileSync('README.md', 'utf8')
  const named = readme.slice(readme.lastIndexOf('\n## '))
  const place = (page) => named.indexOf(`](${project.files.getReflectionPath(page).slice(process.cwd().length + 1)})`)
  for (const list of [project.documents, project.childrenIncludingDocuments])
    list.sort((one, other) => (one.isDocument() && other.isDocument() ? (place(one) >>> 0) - (place(other) >>> 0) : 0))
}
function groupOf(file) {
  const [folder, inside] = file.slice(process.cwd().length + 1).split('/')
  if (folder === 'docs') return inside === 'errors' ? 'Errors' : 'Guides'
  return folder === 'examples' || folder === 'packages' ? 'Examples' : 'Project'
}

/** A door is called by its name, and introduced by the first comment of its file. */
function prepareModule(module, entries) {
  const { name, file } = entries.find(
    (entry) => resolve(entry.file) === module.project.getSymbolIdFromReflection(module).fileName,
  )
  const [comment = ''] = /^(?:\/\/ .*\n)+/.exec(readFileSync(file, 'utf8')) ?? []
  const text = comment.replaceAll(/^\/\/ (?:Door "[^"]*": )?/gm, '')
  module.name = name
  module.comment = new Comment([{ kind: 'text', text: text.charAt(0).toUpperCase() + text.slice(1) }])
}

/** The fields of a frozen object have lost their place in the source, without which TypeDoc leaves out what is an arrow function. */
function prepareNamespace(context, reflection) {
  const symbol = reflection.kind === ReflectionKind.Namespace ? context.getSymbolFromReflection(reflection) : undefined
  for (const field of symbol === undefined ? [] : context.checker.getTypeOfSymbol(symbol).getProperties())
    field.valueDeclaration ??= field.declarations?.[0]
}
/** What stands in a namespace is to the compiler a property that holds a function; to its reader it is the function. */
function asFunction(variable) {
  const signatures = variable.type?.declaration?.signatures
  if (signatures === undefined || !variable.parent.kindOf(ReflectionKind.Namespace)) return
  variable.kind = ReflectionKind.Function
  variable.signatures = signatures
  for (const signature of signatures) Object.assign(signature, { parent: variable, name: variable.name })
  variable.flags.setFlag(ReflectionFlag.Readonly, false)
  delete variable.type
  delete variable.defaultValue
}
