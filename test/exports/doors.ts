// What each door of package.json exports: by name, with the file that declares it, what kind of thing it is, and its docstring.
import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { type Declaration, declarationsOf, importsOf, type Source } from './declarations.js'

/** A door, and its file in `src`. */
export interface Door {
  readonly name: string
  readonly file: string
}
/** Something that a door exports. The functions of a namespace (`task.async`) are told one by one. */
export interface Export extends Declaration {
  readonly door: string
  readonly file: string
  /** `name`, or `namespace.name`. */
  readonly title: string
}

/** The doors, in the order of package.json. */
export function doors(): Door[] {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, any> }
  return Object.entries(exports).flatMap(([path, conditions]) => {
    const built: string | undefined = conditions.import?.default
    if (built === undefined) return []
    return [{ name: posix.join('gensock', path), file: built.replace('./dist/esm/', '').replace(/\.js$/, '.ts') }]
  })
}

/** All that a door exports, and the functions of each namespace: they stand in its file, or in one that it imports. */
export function exportsOf({ name: door, file: index }: Door): Export[] {
  const find = (title: string, { file, name }: Source): Export => {
    const found = declarationsOf(file).get(name)
    const passedOn = importsOf(file).exported.get(name)
    if (found === undefined && passedOn !== undefined) return find(title, passedOn)
    if (found === undefined) throw new Error(`${door} exports ${title}: ${file} does not declare ${name}`)
    return { ...found, door, file, title }
  }
  return [...importsOf(index).exported].flatMap(([title, source]) => {
    const own = find(title, source)
    const members = [...own.members].map(([name, member]): Export => {
      if (typeof member !== 'string') return { ...member, door, file: own.file, title: `${title}.${name}` }
      return find(`${title}.${name}`, importsOf(own.file).imported.get(member) ?? { file: own.file, name: member })
    })
    return [own, ...members]
  })
}
