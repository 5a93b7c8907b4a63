import { createHash } from 'node:crypto'
import { accessSync, constants, mkdirSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'

const sharedMemory = '/dev/shm'
/** Room for some 120 cameras; a container's 64 MiB are too little to rely on. */
const leastBytes = 256 * 2 ** 20

/** Where it is, on this machine and at this moment. */
export function framesFolder(dataDir: string): string {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  return hasRoom() ? join(sharedMemory, `xueliang-${name}`) : join(dataDir, 'run', 'frames')
}

/**
 * An empty folder for frame slots, in memory where there is enough of it, else in `dataDir`. What a
 * killed gateway of the same `dataDir` left there is removed.
 */
export function openFramesFolder(dataDir: string): string {
  const folder = framesFolder(dataDir)
  closeFramesFolder(folder)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
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
