import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pinnedNode, root } from './places.mjs'
import { runStep } from './run.mjs'

/**
 * A step that a script of ours does: fetch what git does not hold. The script itself is quick when
 * there is nothing to fetch.
 * @param {string} name
 * @param {string} script
 * @returns {import('./steps.mjs').Step}
 */
export function payload(name, script) {
  return {
    name,
    done: () => !existsSync(join(root, script)),
    run: () => runStep(pinnedNode, [join(root, script)]),
  }
}
