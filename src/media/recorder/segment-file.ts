import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DiskTurns } from './disk-turns.ts'

/**
 * A file that only grows. Its hash is made of the bytes as they are written. The folder's entry is
 * synced with the first bytes: a file that a power cut took the name from could not be found again.
 */
export class SegmentFile {
  readonly #folder: string
  readonly #file: FileHandle
  readonly #turns: DiskTurns
  readonly #hash: Hash = createHash('sha256')
  #bytes = 0
  #named = false

  private constructor(folder: string, file: FileHandle, turns: DiskTurns) {
    this.#folder = folder
    this.#file = file
    this.#turns = turns
  }

  /** @throws where the file is there already: nothing that was recorded is ever written over */
  static async create(root: string, path: string, turns: DiskTurns): Promise<SegmentFile> {
    const folder = join(root, dirname(path))
    const made = await mkdir(folder, { recursive: true, mode: 0o700 })
    if (made !== undefined) for (const above of foldersAbove(made, folder)) await syncFolder(above)
    return new SegmentFile(folder, await open(join(root, path), 'wx', 0o600), turns)
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Written and on the disk when it resolves. */
  async append(buffers: readonly Buffer[]): Promise<void> {
    const before = this.#bytes
    const wantedBytes = buffers.reduce((sum, { length }) => sum + length, 0)
    try {
      const { bytesWritten } = await this.#file.writev(buffers as Buffer[], before)
      // A disk that has just become full takes a part.
      if (bytesWritten < wantedBytes) {
        await writeAll(this.#file, Buffer.concat(buffers).subarray(bytesWritten), before + bytesWritten)
      }
    } catch (error) {
      await this.#file.truncate(before).catch(() => undefined)
      throw error
    }
    for (const bytes of buffers) this.#hash.update(bytes)
    this.#bytes += wantedBytes
    await this.#turns.take(async () => {
      await this.#file.datasync()
      if (this.#named) return
      await syncFolder(this.#folder)
      this.#named = true
    })
  }

  /** File, then folder; after it a row may say that these bytes are there. */
  async finish(): Promise<{ readonly bytes: number; readonly sha256: Buffer }> {
    try {
      await this.#turns.take(async () => {
        await this.#file.sync()
        await syncFolder(this.#folder)
      })
    } finally {
      await this.#file.close()
    }
    return { bytes: this.#bytes, sha256: this.#hash.digest() }
  }

  /** What it holds is found by the next reconcile. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => undefined)
  }
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done)
    done += bytesWritten
  }
}

/** Those whose entries are new: from the parent of the first folder that was made. */
function foldersAbove(firstMade: string, folder: string): string[] {
  const above: string[] = []
  for (let at = folder; at.length >= firstMade.length; at = dirname(at)) above.push(dirname(at))
  return above
}
