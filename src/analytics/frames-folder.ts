import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'

const sharedMemory = '/dev/shm'
const prefix = 'xueliang-'
const owned = /^xueliang-(\d+)-[0-9a-f]{16}$/
/** Room for some 120 cameras; a container's 64 MiB are too little to rely on. */
const leastBytes = 256 * 2 ** 20

/** Where this process has it, on this machine and at this moment. */
export function framesFolder(dataDir: string): string {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  return hasRoom() ? join(sharedMemory, `${prefix}${process.pid}-${name}`) : join(dataDir, 'run', 'frames')
}

/** An empty folder for frame slots, in memory where there is enough of it, else in `dataDir`. */
export function openFramesFolder(dataDir: string): string {
  removeAbandoned()
  const folder = framesFolder(dataDir)
  closeFramesFolder(folder)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

/** A killed gateway cannot tidy up, and memory is too dear to leave it to the next start of the machine. */
function removeAbandoned(): void {
  if (!existsSync(sharedMemory)) return
  for (const name of readdirSync(sharedMemory)) {
    const [, pid] = owned.exec(name) ?? []
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue
    try {
      closeFramesFolder(join(sharedMemory, name))
    } catch {
      // Another account's: its own next gateway removes it.
    }
  }
}

export function closeFramesFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

function hasRoom(): boolean {
  try {
    accessSync(sharedMemory, constants.W_OK)
    const { bavail, bsize } = statfsSync(sharedMemory)
    return bavail * bsize >= leastBytes
  } catch {
    return false
  }
}
