import { createHmac, randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GatewayError } from '../domain/errors.ts'

const SECRET_BYTES = 32

/**
 * Where the demo cameras of one DATA_DIR are and what opens them. All of it follows from one secret in
 * `DATA_DIR/keys`, so after a restart they are found where they were registered, and two gateways on one
 * machine do not meet.
 */
export class DemoPlace {
  readonly dataDir: string
  readonly #secret: Buffer

  /** Makes the secret on first use, readable by its owner only. */
  constructor(dataDir: string) {
    const folder = join(dataDir, 'keys')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.dataDir = dataDir
    this.#secret = secretIn(join(folder, 'demo-cameras.key'))
  }

  /** In the part of loopback that the network policy opens for demo cameras; 127.0.1 is left to tests. */
  address(index: number): string {
    return `127.0.${2 + (this.#number('network') % 6)}.${1 + index}`
  }

  /** Below the range from which the kernel gives out ports (32768 and up). */
  get rtspPort(): number {
    return 10_000 + 2 * (this.#number('port') % 10_000)
  }

  get onvifPort(): number {
    return this.rtspPort + 1
  }

  /** As the registry keeps it. */
  onvifAddress(index: number): string {
    return `http://${this.address(index)}:${this.onvifPort}/onvif/device_service`
  }

  password(cameraKey: string): string {
    return this.#derived(`password ${cameraKey}`).toString('base64url').slice(0, 16)
  }

  #number(purpose: string): number {
    return this.#derived(purpose).readUInt32BE()
  }

  #derived(purpose: string): Buffer {
    return createHmac('sha256', this.#secret).update(purpose).digest()
  }
}

function secretIn(file: string): Buffer {
  try {
    writeFileSync(file, randomBytes(SECRET_BYTES), { mode: 0o600, flag: 'wx' })
    chmodSync(file, 0o600)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  const secret = readFileSync(file)
  if (secret.length === SECRET_BYTES) return secret
  throw new GatewayError({
    kind: 'internal',
    code: 'demo-secret-unreadable',
    message: `${file} has ${secret.length} bytes instead of ${SECRET_BYTES}: remove it, and the demo cameras with it`,
  })
}
