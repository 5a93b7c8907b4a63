import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { link, lstat, mkdir, open, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { GatewayError } from '../domain/errors.ts'

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** First byte of everything sealed, so that another cipher or key can follow beside it. */
const VERSION = 1

/**
 * Device passwords at rest: AES-256-GCM (NIST SP 800-38D). Sealed form: version byte, 12-byte random
 * nonce, ciphertext, 16-byte tag. The owner's id is authenticated with it: a sealed password copied
 * to another camera's row does not open there.
 */
export class CredentialSeal {
  readonly #key: Buffer

  constructor(key: Buffer) {
    if (key.length !== KEY_BYTES) throw badKey(`a credential key has ${KEY_BYTES} bytes, not ${key.length}`)
    this.#key = key
  }

  seal(plain: string, ownerId: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce)
    cipher.setAAD(Buffer.from(ownerId, 'utf8'))
    const ciphertext = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
    return Buffer.concat([Buffer.of(VERSION), nonce, ciphertext, cipher.getAuthTag()])
  }

  /** Throws `credential-unreadable` for another key, another owner, or a changed byte. */
  open(sealed: Buffer, ownerId: string): string {
    if (sealed.length < 1 + NONCE_BYTES + TAG_BYTES || sealed[0] !== VERSION) throw unreadable()
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(1, 1 + NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
      decipher.setAAD(Buffer.from(ownerId, 'utf8'))
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
      const ciphertext = sealed.subarray(1 + NONCE_BYTES, -TAG_BYTES)
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8')
    } catch (error) {
      throw unreadable(error)
    }
  }
}

/**
 * The key: `secretKey` where the environment gives one, else
 * `DATA_DIR/keys/credentials.key`, made on first use with mode 0600. A key file that others may read,
 * or of another length, is refused: going on with it would hide that the passwords are exposed or lost.
 */
export async function loadCredentialSeal(from: {
  readonly dataDir: string
  readonly secretKey?: Buffer
}): Promise<CredentialSeal> {
  if (from.secretKey !== undefined) return new CredentialSeal(from.secretKey)
  const folder = join(from.dataDir, 'keys')
  const path = join(folder, 'credentials.key')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await createKeyFile(path)
  const found = await lstat(path)
  if (!found.isFile()) throw badKey(`${path} is not a plain file`)
  if ((found.mode & 0o077) !== 0) {
    throw badKey(`${path} may be read by others (mode ${(found.mode & 0o777).toString(8)}): chmod 600 it`)
  }
  if (found.size !== KEY_BYTES) throw badKey(`${path} has ${found.size} bytes instead of ${KEY_BYTES}`)
  return new CredentialSeal(await readFile(path))
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
    await file.writeFile(randomBytes(KEY_BYTES))
    await file.sync()
    await link(draft, path)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  } finally {
    await file.close()
    await unlink(draft)
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function badKey(message: string): GatewayError {
  return new GatewayError({ kind: 'internal', code: 'credential-key-refused', message })
}

function unreadable(cause?: unknown): GatewayError {
  return new GatewayError({
    kind: 'internal',
    code: 'credential-unreadable',
    message: 'a stored password does not open with this key',
    cause,
  })
}
