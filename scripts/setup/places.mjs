import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the clone, wherever it lies. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Node 24 as npm installed it: it runs the TypeScript sources, whatever Node the host has. */
export const pinnedNode = join(root, 'node_modules', '.bin', 'node')
