import { randomBytes } from 'node:crypto'
import { link, lstat, mkdir, open, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { GatewayError } from '../domain/errors.ts'

/** What AES-256 and Ed25519 take. */
export const keyBytes = 32

/**
 * 32 random bytes in `DATA_DIR/keys`, made on first use with mode 0600. A file that others may read, or
 * of another length, is refused with `key-file-refused`: going on with it would hide that what it
 * protects is exposed or lost.
 */
export async function loadKeyFile(dataDir: string, name: string): Promise<Buffer> {
  const folder = join(dataDir, 'keys')
  const path = join(folder, name)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await createKeyFile(path)
  const found = await lstat(path)
  if (!found.isFile()) throw keyRefused(`${path} is not a plain file`)
  if ((found.mode & 0o077) !== 0) {
    throw keyRefused(`${path} may be read by others (mode ${(found.mode & 0o777).toString(8)}): chmod 600 it`)
  }
  if (found.size !== keyBytes) throw keyRefused(`${path} has ${found.size} bytes instead of ${keyBytes}`)
  return await readFile(path)
}

/** Through a link, so that a crash never leaves half a key and two starts never make two keys. */
async function createKeyFile(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return null
    throw error
  })
  if (found !== null) return
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(randomBytes(keyBytes))
    await file.sync()
    await link(draft, path)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  } finally {
    await file.close()
    await unlink(draft)
  }
}

export function keyRefused(message: string): GatewayError {
  return new GatewayError({ kind: 'internal', code: 'key-file-refused', message })
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
