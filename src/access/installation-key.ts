import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { loadKeyFile } from './key-file.ts'

/** PKCS #8 (RFC 8410) around a bare Ed25519 seed. */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex')
/** SubjectPublicKeyInfo (RFC 8410) around a bare public key. */
const spkiHead = Buffer.from('302a300506032b6570032100', 'hex')

/** What this installation signs with, so that others can tell what comes from it: Ed25519 (RFC 8032). */
export class InstallationKey {
  readonly #secret: KeyObject
  /** 32 bytes. */
  readonly publicKey: Buffer

  constructor(seed: Buffer) {
    this.#secret = createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: 'der', type: 'pkcs8' })
    const spki = createPublicKey(this.#secret).export({ format: 'der', type: 'spki' })
    this.publicKey = spki.subarray(spkiHead.length)
  }

  /** 64 bytes. */
  sign(message: string): Buffer {
    return sign(null, Buffer.from(message, 'utf8'), this.#secret)
  }
}

/** Kept in `DATA_DIR/keys/installation.key`. */
export async function loadInstallationKey(dataDir: string): Promise<InstallationKey> {
  return new InstallationKey(await loadKeyFile(dataDir, 'installation.key'))
}

/** Whether `publicKey`'s owner has signed it. */
export function isSignedBy(publicKey: Buffer, message: string, signature: Buffer): boolean {
  if (publicKey.length !== 32) return false
  const key = createPublicKey({ key: Buffer.concat([spkiHead, publicKey]), format: 'der', type: 'spki' })
  return verify(null, Buffer.from(message, 'utf8'), key, signature)
}
