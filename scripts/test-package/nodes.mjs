// The versions of Node that users may have: the one that runs this, and the others of the list. Entered by test-package.mjs.
import { otherNode } from '../other-node.mjs'
import { skipped } from './report.mjs'
import { need } from './run.mjs'

const MAJORS = ['20', '22', '24']

/** Lowest first; `name` is for people, `version` is `v` and three numbers. */
export async function nodes() {
  const own = /^v(\d+)/.exec(process.version)[1]
  const found = []
  for (const major of new Set([...MAJORS, own].sort())) {
    const binary = major === own ? process.execPath : otherNode(major)
    if (binary === undefined)
      skipped(`Node ${major}: fetched for Linux on x64 only, this is ${process.platform} on ${process.arch}`)
    else found.push(await described(binary))
  }
  return found
}

async function described(binary) {
  const [version, features] = JSON.parse(
    await need(binary, binary, ['-p', 'JSON.stringify([process.version, process.features])'], process.cwd()),
  )
  return { binary, version, name: `Node ${version}`, stripsTypes: (features.typescript ?? false) !== false }
}
