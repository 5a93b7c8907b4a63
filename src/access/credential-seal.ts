import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { GatewayError } from '../domain/errors.ts'
import { keyBytes, keyRefused, loadKeyFile } from './key-file.ts'

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
    if (key.length !== keyBytes) throw keyRefused(`a credential key has ${keyBytes} bytes, not ${key.length}`)
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

/** With `secretKey` where the environment gives one, else with `DATA_DIR/keys/credentials.key`. */
export async function loadCredentialSeal(from: {
  readonly dataDir: string
  readonly secretKey?: Buffer
}): Promise<CredentialSeal> {
  return new CredentialSeal(from.secretKey ?? (await loadKeyFile(from.dataDir, 'credentials.key')))
}

function unreadable(cause?: unknown): GatewayError {
  return new GatewayError({
    kind: 'internal',
    code: 'credential-unreadable',
    message: 'a stored password does not open with this key',
    cause,
  })
}
